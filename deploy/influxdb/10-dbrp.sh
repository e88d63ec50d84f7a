#!/bin/bash
# Run once by the influxdb image after its set-up. InfluxQL, which coldchain reads with, knows databases, not buckets:
# name the bucket as one explicitly instead of relying on the virtual mapping.
set -euo pipefail
influx v1 dbrp create \
  --bucket-id "$DOCKER_INFLUXDB_INIT_BUCKET_ID" --db "$DOCKER_INFLUXDB_INIT_BUCKET" --rp autogen --default \
  --org "$DOCKER_INFLUXDB_INIT_ORG"
