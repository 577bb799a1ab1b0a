// Package clustertest proves that several engines are one: its tests build the engine, start it three
// times, with NATS inside or beside, and kill, drain and cut what they have started.
package clustertest
