package main

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/banyan-commerce/banyan/platform/id"
)

// field is one field of an event as JSON has it.
type field struct {
	Path string // payment.amount.currency, lines[].sku
	JSON string // its type there, with the form of texts that have one
	Go   string
	Doc  string
}

// fieldsOf lists the fields of a struct, each before those below it.
func (s *source) fieldsOf(t reflect.Type, above string) ([]field, error) {
	owner, err := s.comment(t)
	if err != nil {
		return nil, err
	}
	var fields []field
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous:
			return nil, fmt.Errorf("%s embeds %s: name the field, so that its place in JSON can be seen", t, f.Type)
		case !f.IsExported() || name == "-":
			continue
		case name == "":
			name = f.Name
		}
		own := field{Path: above + name, JSON: jsonType(f.Type), Go: f.Type.String(), Doc: owner.fields[f.Name]}
		if strings.Contains(options, "omit") {
			own.JSON += ", may be absent"
		}
		below, err := s.below(f.Type, &own)
		if err != nil {
			return nil, err
		}
		fields = append(append(fields, own), below...)
	}
	return fields, nil
}

// below lists the fields under one, and lets a field without a comment of its own have that of its type.
func (s *source) below(t reflect.Type, own *field) ([]field, error) {
	path := own.Path
	for !writesText(t) && (t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice) {
		if t.Kind() == reflect.Slice {
			path += "[]"
		}
		t = t.Elem()
	}
	about, err := s.comment(t)
	if err != nil {
		return nil, err
	}
	if own.Doc == "" && t != reflect.TypeFor[id.UUID]() { // what a UUID is helps nobody here
		own.Doc = synopsis(about.doc)
	}
	if t.Kind() != reflect.Struct || writesText(t) {
		return nil, nil
	}
	return s.fieldsOf(t, path+".")
}

// writesText says whether values of t are a text in JSON, whatever they are in Go.
func writesText(t reflect.Type) bool { return t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) }

// isID says whether t is a UUID, or a type of its own around one as each entity has.
func isID(t reflect.Type) bool {
	return t == reflect.TypeFor[id.UUID]() || t.ConvertibleTo(reflect.TypeFor[struct{ id.UUID }]())
}

// jsonType names the type of t in JSON.
func jsonType(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return "string, RFC 3339"
	case isID(t):
		return "string, UUID"
	case writesText(t):
		return "string"
	case t.Implements(reflect.TypeFor[json.Marshaler]()):
		return "any"
	}
	switch kind := t.Kind(); kind {
	case reflect.Pointer:
		return jsonType(t.Elem())
	case reflect.Slice, reflect.Array:
		return "array"
	case reflect.Struct, reflect.Map:
		return "object"
	case reflect.Bool:
		return "boolean"
	case reflect.Float32, reflect.Float64:
		return "number"
	case reflect.String:
		return "string"
	case reflect.Interface:
		return "any"
	default:
		return "integer"
	}
}
