package calibrate

// Measure is Costs with fewer samples.
var Measure = measure //nolint:gochecknoglobals // for the tests
