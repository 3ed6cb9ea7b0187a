// Package sqlcheck holds no code but its tests: they read the SQL of the tree a second time, by a parser,
// and want the tables that the rules of arch_test.go see (platform/archtest/sqltext). It is a Go module
// of its own, so that the parser stays out of the shop's module graph.
package sqlcheck
