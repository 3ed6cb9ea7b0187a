-- +goose Up  want: makes tables of refund
CREATE TABLE refund (id BIGINT PRIMARY KEY);
-- +goose Down
DROP TABLE refund;
