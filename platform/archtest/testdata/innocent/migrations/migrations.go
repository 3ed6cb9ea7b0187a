package migrations

import "embed"

//go:embed */*.sql
var Files embed.FS

func FS(module string) embed.FS { return Files }
