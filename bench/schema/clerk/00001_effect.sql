-- +goose Up
-- place shows in which order the effects came; the unique event shows none twice.
CREATE TABLE effect (
    place {{auto_pk}},
    event_id BINARY(16) NOT NULL,
    account BINARY(16) NOT NULL,
    seq BIGINT NOT NULL
);
CREATE UNIQUE INDEX effect_event ON effect (event_id);

-- +goose Down
DROP TABLE effect;
