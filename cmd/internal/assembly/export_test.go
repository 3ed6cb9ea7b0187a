package assembly

// Confirmation lets tests see the way that the readiness report follows.
var Confirmation = confirmation //nolint:gochecknoglobals // tests alone see it
