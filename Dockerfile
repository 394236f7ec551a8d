# The product, installed by the script that `make run` uses. docker-compose.yml names what it runs.
FROM debian:bookworm-slim

# pg_dump and psql, for backup and restore, are of the version of the database in docker-compose.yml.
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3 postgresql-client-15 \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY .ci/install .ci/install
COPY requirements.lock requirements.lock
RUN .ci/install run && rm -rf /var/lib/apt/lists/*

COPY manage.py manage.py
COPY fixtures fixtures
COPY kompensasi kompensasi
COPY spm_monitor spm_monitor
COPY static static
COPY templates templates

ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    XDG_CACHE_HOME=/tmp/cache
# Nothing below /app is written again: compiled now, owned by root, mounted read-only, and readable
# whatever umask the repository was cloned with.
RUN python -m compileall -q kompensasi spm_monitor \
    && find . -path ./.venv -prune -o -exec chmod a+rX {} + \
    && useradd --uid 10001 --no-create-home --no-log-init spm \
    && install -d -o spm -g spm -m 700 /data
USER spm
