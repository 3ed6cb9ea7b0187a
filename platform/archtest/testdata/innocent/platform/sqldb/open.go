package sqldb

type (
	DB       struct{}
	Location struct{}
	Schemas  struct{ Default Location }
)

func Open() (*DB, error) { return nil, nil }

func OpenForMigration() (*DB, error) { return nil, nil }

func ParseLocation() (Location, error) { return Location{}, nil }
