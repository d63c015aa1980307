# docker build -t peerline .
# docker run -p 8000:8000 -v peerline:/data -e PEERLINE_MASTER_KEYS=... -e PEERLINE_PUBLIC_BASE_URL=https://... peerline
# The database first: the same with `migrate` at the end. A worker of its own: `--no-healthcheck` and `worker`.
# `--init`, as deploy/compose.yaml has it: the first process of a container hears no signal until it has a handler for it.
ARG PYTHON=3.11-slim

FROM python:${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
# Requirements before the code, so that a change of the code does not install them again.
COPY requirements/run.lock requirements/build.lock requirements/
RUN python -m venv --without-pip /opt/peerline \
 && python -m pip --python /opt/peerline/bin/python install --require-hashes -r requirements/run.lock \
 && python -m pip install --require-hashes -r requirements/build.lock
COPY pyproject.toml README.md LICENSE ./
COPY migrations migrations
COPY app app
RUN python -m pip wheel --no-deps --no-build-isolation --wheel-dir /dist . \
 && python -m pip --python /opt/peerline/bin/python install --no-deps --no-index /dist/*.whl

FROM python:${PYTHON}
# Nothing that installs or builds is left to whoever gets in.
RUN python -m pip uninstall --yes --root-user-action=ignore setuptools wheel pip \
 && useradd --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin peerline \
 && install --directory --owner=peerline --group=peerline --mode=0700 /data
COPY --from=build /opt/peerline /opt/peerline
# In production the service refuses to start without keys and an https address: see `peerline check`. Threads share two
# stores of free memory (docs/sizing.md).
ENV PATH=/opt/peerline/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    MALLOC_ARENA_MAX=2 \
    PEERLINE_ENVIRONMENT=production \
    PEERLINE_HOST=0.0.0.0 \
    PEERLINE_PORT=8000 \
    PEERLINE_DATA_DIR=/data
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
# http.client and not urllib: a proxy in the environment is not for this.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['PEERLINE_PORT']), timeout=4); c.request('GET', '/healthz'); sys.exit(c.getresponse().status != 200)"]
ENTRYPOINT ["peerline"]
CMD ["serve"]
