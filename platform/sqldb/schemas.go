package sqldb

import "context"

// Schemas opens the schemas of modules: where each lives is configuration.
type Schemas struct {
	Default  Location
	Override map[string]Location // by module
	Options  Options
	Opened   func(*DB) // told of each schema, for metrics and health checks; may be nil
}

// Location is where the schema of a module lives.
func (s *Schemas) Location(module string) Location {
	if l, ok := s.Override[module]; ok {
		return l
	}
	return s.Default
}

// Open opens the schema of a module; see Open.
func (s *Schemas) Open(ctx context.Context, module string) (*DB, error) {
	db, err := Open(ctx, s.Location(module), module, s.Options)
	if err == nil && s.Opened != nil {
		s.Opened(db)
	}
	return db, err
}
