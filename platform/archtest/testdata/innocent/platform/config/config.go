package config

import "os"

func Read(name string) string { return os.Getenv(name) }
