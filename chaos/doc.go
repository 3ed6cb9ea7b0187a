// Package chaos holds no code but its tests: see docs/reliability.md for what they do, and make chaos.
package chaos
