-- +goose Up
-- All three modules have all tables: the desk's papers, the clerk's files (named paper there, too), and
-- the effects of those who hear.
CREATE TABLE paper (
    id BINARY(16) NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL
);

-- follows is the number of the effect that the consumer had seen last of the same aggregate: n - 1, if the
-- order was kept. Nothing is unique here, so that a doubled effect shows.
CREATE TABLE effect (
    pos {{auto_pk}},
    type VARCHAR(16) NOT NULL,
    agg BINARY(16) NOT NULL,
    n BIGINT NOT NULL,
    follows BIGINT NOT NULL
);
CREATE INDEX effect_agg ON effect (type, agg, n);

CREATE TABLE progress (
    type VARCHAR(16) NOT NULL,
    agg BINARY(16) NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (type, agg)
);

-- +goose Down
DROP TABLE progress;
DROP TABLE effect;
DROP TABLE paper;
