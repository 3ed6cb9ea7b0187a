package eventtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/banyan-commerce/banyan/platform/event"
)

// decode reads a payload as the type of e.
func decode(e event.Event, payload []byte) (any, error) {
	fact := reflect.New(reflect.TypeOf(e))
	if err := json.Unmarshal(payload, fact.Interface()); err != nil {
		return nil, err
	}
	return fact.Elem().Interface(), nil
}

// shape lists the paths of a payload with their JSON types: lines[].sku is a string.
func shape(payload []byte) map[string]string {
	var value any
	if err := json.Unmarshal(payload, &value); err != nil {
		return map[string]string{"": "not JSON: " + err.Error()}
	}
	types := map[string]string{}
	trace(types, "", value)
	return types
}

func trace(types map[string]string, path string, value any) {
	switch value := value.(type) {
	case map[string]any:
		types[path] = "object"
		for name, field := range value {
			trace(types, below(path, name), field)
		}
	case []any:
		types[path] = "array"
		for _, element := range value {
			trace(types, path+"[]", element)
		}
	case string:
		types[path] = "string"
	case float64:
		types[path] = "number"
	case bool:
		types[path] = "boolean"
	case nil:
		types[path] = "null"
	}
}

func below(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// Losses tells which fields of the old JSON the new one lacks or has as another type.
func Losses(old, now []byte) []string {
	was, is := shape(old), shape(now)
	var losses []string
	for _, path := range slices.Sorted(maps.Keys(was)) {
		switch {
		case is[path] == "":
			losses = append(losses, fmt.Sprintf("field %q is gone", path))
		case is[path] != was[path]:
			losses = append(losses, fmt.Sprintf("field %q was %s and is %s", path, was[path], is[path]))
		}
	}
	return losses
}

// difference tells how two payloads differ in fields or values, "" when they don't.
func difference(before, after []byte) string {
	if lost := Losses(before, after); len(lost) > 0 {
		return lost[0] + " when it is written again"
	}
	if added := Losses(after, before); len(added) > 0 {
		return added[0] + " in what was published"
	}
	var a, b any
	if json.Unmarshal(before, &a) != nil || json.Unmarshal(after, &b) != nil || !reflect.DeepEqual(a, b) {
		return fmt.Sprintf("values differ: %s became %s", before, after)
	}
	return ""
}

// Empty lists the fields of a sample that are not filled in.
func Empty(sample any) []string { return emptyIn("", reflect.ValueOf(sample)) }

func emptyIn(path string, v reflect.Value) []string {
	var paths []string
	switch {
	case v.IsZero() && path != "":
		return []string{path}
	case v.Kind() == reflect.Pointer:
		return emptyIn(path, v.Elem())
	case v.Kind() == reflect.Slice && v.Len() == 0:
		return []string{path}
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			paths = append(paths, emptyIn(fmt.Sprintf("%s[%d]", path, i), v.Index(i))...)
		}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() {
				paths = append(paths, emptyIn(below(path, field.Name), v.Field(i))...)
			}
		}
	}
	return paths
}

// Widened is a JSON object with a field more, as a newer version of its type may write it.
func Widened(object []byte) []byte {
	return slices.Concat([]byte(`{"OfTomorrow": {"a": [1]},`), bytes.TrimPrefix(bytes.TrimSpace(object), []byte("{")))
}
