# One image for every service; docker-compose.yml says which word each container runs.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY pyproject.toml hatch_build.py README.md LICENSE ./
COPY assets assets
COPY deploy/mosquitto deploy/mosquitto
COPY coldchain coldchain
COPY gateway gateway
COPY collector collector
COPY alerting alerting
COPY dashboards dashboards
COPY firmware_sim firmware_sim
COPY requirements.lock ./
# The same hashed lock as everywhere; the package itself is built from this tree.
RUN python -m venv /opt/coldchain \
 && /opt/coldchain/bin/pip install --no-cache-dir --require-hashes -r requirements.lock \
 && /opt/coldchain/bin/pip install --no-cache-dir --no-deps ./

FROM python:3.11-slim-bookworm
RUN useradd --system --create-home --home-dir /var/lib/coldchain coldchain \
 && install -d -o coldchain -g coldchain /var/lib/coldchain/data
COPY --from=build /opt/coldchain /opt/coldchain
ENV PATH=/opt/coldchain/bin:$PATH PYTHONUNBUFFERED=1
USER coldchain
WORKDIR /var/lib/coldchain
ENTRYPOINT ["coldchain"]
