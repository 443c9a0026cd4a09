# syntax=docker/dockerfile:1.17
# A sidecar: `docker build -t stkr-mesh .`; a whole network to try: `docker build --target network -t stkr-network .`
# No compiler and no npm run as root's child in what is shipped: the last stages only copy.

FROM node:24.17.0-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY scripts/bundle.ts scripts/bundle.ts
RUN npm run build

# What the bundle left outside, at the versions of the lock file: 10 MB instead of 230.
FROM node:24.17.0-bookworm-slim AS beside
WORKDIR /build
COPY package-lock.json .npmrc ./
COPY --from=build /build/dist/bundle/package.json ./
RUN npm install --omit=dev

# A local network runs its parts from single modules, with all their packages; the image brings Node itself.
FROM node:24.17.0-bookworm-slim AS packages
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev && rm -rf node_modules/node node_modules/.bin/node

FROM node:24.17.0-bookworm-slim AS program
RUN apt-get update \
 && apt-get install --yes --no-install-recommends tini=0.19.0-1+b3 \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 stkr \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/stkr stkr \
 && install --directory --owner=10001 --group=10001 --mode=0700 /var/lib/stkr
WORKDIR /opt/stkr
COPY package.json LICENSE ./
COPY bin bin
RUN ln -s /opt/stkr/bin/stkr.js /usr/local/bin/stkr
# What is freed goes back to the system at once, whichever thread had it: 12 MB that would stay resident.
ENV NODE_ENV=production MALLOC_TRIM_THRESHOLD_=65536 MALLOC_ARENA_MAX=1
USER 10001:10001
# tini hands signals on and reaps what a workload's commands leave behind.
ENTRYPOINT ["tini", "--", "stkr"]

FROM program AS network
COPY --from=packages /build/node_modules node_modules
COPY --from=build /build/dist dist
VOLUME ["/tmp"]
CMD ["devnet"]

FROM program AS sidecar
COPY --from=beside /build/node_modules node_modules
COPY --from=build /build/dist/bundle dist/bundle
ENV STKR_DATA_DIR=/var/lib/stkr
VOLUME ["/var/lib/stkr"]
EXPOSE 9470/tcp 9471/tcp
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "--eval", "fetch('http://127.0.0.1:9472/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["run"]
