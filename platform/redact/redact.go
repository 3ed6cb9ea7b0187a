// Package redact takes secrets out of JSON before a person sees it.
package redact

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

const hidden = "(hidden)"

// JSON is a document in which the values of all fields named token, or whose name ends in _token, are
// hidden, however deep they lie and whatever they hold. Of what is no JSON it tells the size alone.
func JSON(document []byte) json.RawMessage {
	var v any
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber() // amounts stay as they are
	if err := decoder.Decode(&v); err != nil || decoder.More() {
		return quoted(fmt.Sprintf("(no JSON, %d bytes)", len(document)))
	}
	text, err := json.Marshal(hide(v))
	if err != nil {
		return quoted(hidden)
	}
	return text
}

func quoted(text string) json.RawMessage { return json.RawMessage(`"` + text + `"`) }

func hide(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			if secret(name) {
				v[name] = hidden
				continue
			}
			v[name] = hide(value)
		}
	case []any:
		for i, value := range v {
			v[i] = hide(value)
		}
	}
	return v
}

func secret(name string) bool {
	name = strings.ToLower(name)
	return name == "token" || strings.HasSuffix(name, "_token")
}
