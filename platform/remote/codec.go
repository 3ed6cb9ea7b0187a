package remote

import (
	"bytes"
	"encoding/json"
	"errors"
)

// errText is returned for text that is not UTF-8: JSON would put a replacement character for each bad byte,
// and two keys that differ in one would become the same.
var errText = errors.New("holds text that is not UTF-8")

// codec writes the plain structs of contracts as JSON. Fields that the reader does not know are passed
// over, so that a newer side may have more.
type codec struct{}

// Name is connect.Codec.
func (codec) Name() string { return "json" }

// Marshal is connect.Codec. It returns errText.
func (codec) Marshal(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err == nil && replaced(text) {
		err = errText
	}
	return text, err
}

// MarshalAppend is what Connect asks for first. What it answers is Connect's to use again, so that it must not
// be the text of a call that may be made again.
func (c codec) MarshalAppend(to []byte, v any) ([]byte, error) {
	if w, ok := v.(*written); ok {
		return append(to, w.text...), nil
	}
	text, err := c.Marshal(v)
	return append(to, text...), err
}

// written is a request or an answer that is JSON already: one that can't be written is not sent, and a
// request is written once for all attempts.
type written struct{ text []byte }

// Unmarshal is connect.Codec.
func (codec) Unmarshal(text []byte, v any) error { return json.Unmarshal(text, v) }

// replaced finds \ufffd, which encoding/json writes for a byte that is no UTF-8 and for nothing else: a
// replacement character that was in the text is written as it is. Behind an odd number of backslashes it is
// text that only looks so.
func replaced(text []byte) bool {
	const mark = `\ufffd`
	for at := bytes.Index(text, []byte(mark)); at >= 0; {
		before := len(text[:at]) - len(bytes.TrimRight(text[:at], `\`))
		if before%2 == 0 {
			return true
		}
		text = text[at+len(mark):]
		at = bytes.Index(text, []byte(mark))
	}
	return false
}
