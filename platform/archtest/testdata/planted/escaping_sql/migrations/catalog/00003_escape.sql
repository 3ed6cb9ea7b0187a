-- +goose Up
ALTER TABLE stock ENGINE = FEDERATED; -- want: leaves its schema by ENGINE = FEDERATED
ALTER TABLE stock CONNECTION = 'mysql://other/stock'; -- want: leaves its schema by CONNECTION
ALTER TABLE stock
    ENGINE = 'MERGE', -- want: leaves its schema by ENGINE = MERGE
    UNION = (stock); -- want: leaves its schema by UNION
ALTER TABLE stock DATA DIRECTORY = '/elsewhere'; -- want: leaves its schema by DATA DIRECTORY
CREATE DATABASE elsewhere; -- want: leaves its schema by CREATE DATABASE
CREATE SERVER far FOREIGN DATA WRAPPER mysql OPTIONS (HOST 'far'); -- want: leaves its schema by CREATE SERVER
DROP VIEW v; -- want: hides what it does behind DROP VIEW
CREATE FUNCTION f () RETURNS INT RETURN 1; -- want: hides what it does behind CREATE FUNCTION
-- +goose StatementBegin
CREATE PROCEDURE totals () -- want: hides what it does behind CREATE PROCEDURE
BEGIN
    UPDATE stock SET held = 0;
END;
-- +goose StatementEnd
CREATE USER other; -- want: changes what others use too by CREATE USER
SET foreign_key_checks = 0; -- want: changes what others use too by SET foreign_key_checks
-- +goose Down
use banyan_order; -- want: leaves its schema by use
