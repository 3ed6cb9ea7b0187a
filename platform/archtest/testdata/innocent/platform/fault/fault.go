package fault

type Error struct {
	Code    string
	Details any
}

func (e *Error) Error() string { return e.Code }

func New(code string) *Error { return &Error{Code: code} }
