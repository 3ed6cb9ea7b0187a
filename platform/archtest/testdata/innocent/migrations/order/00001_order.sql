-- +goose Up
CREATE TABLE purchase_order (id BINARY(16) PRIMARY KEY, number VARCHAR(16) NOT NULL, total BIGINT NOT NULL);

CREATE TABLE line (order_id BINARY(16) NOT NULL, sku VARCHAR(64) NOT NULL, quantity BIGINT NOT NULL, PRIMARY KEY (order_id, sku));

CREATE TABLE draft (id BINARY(16) PRIMARY KEY);

ALTER TABLE draft RENAME TO order_line;

DROP TABLE line;

CREATE TABLE idempotency (request VARCHAR(64) PRIMARY KEY);
