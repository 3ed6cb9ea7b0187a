-- +goose Up
CREATE TABLE bus_outbox (pos {{auto_pk}}, event_id BINARY(16), payload {{blob}});
