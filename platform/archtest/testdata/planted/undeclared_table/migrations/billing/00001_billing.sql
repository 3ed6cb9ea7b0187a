-- +goose Up
CREATE TABLE invoice (id BINARY(16) PRIMARY KEY);
CREATE TABLE bus_bill (id BINARY(16) PRIMARY KEY); -- want: as those of the bus do
