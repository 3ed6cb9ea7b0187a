-- +goose Up
CREATE TABLE bus_route (
    module VARCHAR(64) NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL,
    share INT NOT NULL,
    shadow INT NOT NULL,
    addresses VARCHAR(2000) NOT NULL,
    tripped VARCHAR(400) NOT NULL,
    changed_at BIGINT NOT NULL
);

-- +goose Down
DROP TABLE bus_route;
