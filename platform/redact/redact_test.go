package redact_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/redact"
)

func TestTokensAreHiddenHoweverDeepAndTheRestStays(t *testing.T) {
	t.Parallel()
	for document, want := range map[string]string{
		`{"token":"tok_1","n":9007199254740993}`:                      `{"token":"(hidden)","n":9007199254740993}`,
		`{"lines":[{"Token":{"deep":"tok_1"}},{"access_token":"a"}]}`: `{"lines":[{"Token":"(hidden)"},{"access_token":"(hidden)"}]}`,
		`{"tokens":3,"method":"card"}`:                                `{"tokens":3,"method":"card"}`,
		`"text"`:                                                      `"text"`,
		`{"token":"tok_1"`:                                            `"(no JSON, 16 bytes)"`,
		`{} {"token":"tok_1"}`:                                        `"(no JSON, 20 bytes)"`,
		``:                                                            `"(no JSON, 0 bytes)"`,
	} {
		require.JSONEq(t, want, string(redact.JSON([]byte(document))), document)
	}
}
