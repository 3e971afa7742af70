//! The benchmarks stand in `benches/`; see the header of each for the command. This library is empty.
