package readiness

// Reference are the costs that are reckoned with where nobody has measured them. `banyan modules --readiness
// payment --calibrate` printed them, on a machine on which much else ran (load 24): what is measured where the
// shop runs is better.
func Reference() Costs {
	return Costs{
		Of:   "2 cores, Intel(R) Xeon(R) Processor, linux/amd64, 20 November 2026, much else running",
		Call: Times{0.257, 1.563}, KiB: 0.0249, Event: Times{0.912, 19.77},
	}
}
