package id

import "database/sql/driver"

type UUID [16]byte

func (u UUID) Value() (driver.Value, error) { return u[:], nil }
