-- +goose Up
CREATE TABLE account (
    id BINARY(16) NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    balance BIGINT NOT NULL
);

CREATE TABLE booking (
    id BINARY(16) NOT NULL PRIMARY KEY,
    account BINARY(16) NOT NULL,
    amount BIGINT NOT NULL,
    text VARCHAR(200) NOT NULL
);
CREATE TABLE entry (
    booking BINARY(16) NOT NULL,
    side VARCHAR(6) NOT NULL,
    account BINARY(16) NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (booking, side)
);

-- +goose Down
DROP TABLE entry;
DROP TABLE booking;
DROP TABLE account;
