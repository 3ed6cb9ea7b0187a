package id

func (u UUID) MarshalText() ([]byte, error) { return u[:], nil }
