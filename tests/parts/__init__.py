"""Real parts for tests and benchmarks: a mosquitto, an influxd behind nginx, a PostgreSQL, each on a free port in a
temporary folder, each with `kill()` (as a power cut would) and `start()` again on the same port and data."""
