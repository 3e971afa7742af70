//! The benchmarks are in `benches/`; the header of each has its command. This library is empty.
