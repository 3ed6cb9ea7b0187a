-- +goose Up
CREATE INDEX bus_outbox_event ON bus_outbox (event_id);
CREATE TABLE order_cache (id BINARY(16)); -- want: makes table order_cache in the schema of each module
ALTER TABLE bus_outbox RENAME TO outbox; -- want: makes table outbox in the schema of each module

-- +goose Down
CREATE TABLE old_cache (id BINARY(16));
