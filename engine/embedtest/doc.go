// Package embedtest proves that the parts of Parley work in other programs: its tests build
// each of the programs under testdata in a module of its own, and use them.
package embedtest
