# syntax=docker/dockerfile:1

# Both stages run on the Node that package.json names as its own; a test compares them.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
# What the install needs, which makes the database clients too. A change to anything else does not install again.
COPY package.json package-lock.json .npmrc ./
COPY scripts/preload.js scripts/generate.ts scripts/
COPY src/database/render-schema.ts src/database/
COPY prisma/models.prisma prisma/
RUN npm ci --omit=dev
# Prisma's command line was for the clients, and the base image is a Node already: half of what was installed.
RUN npm pkg delete dependencies.prisma dependencies.node \
    && npm prune --omit=dev --ignore-scripts \
    && rm -rf node_modules/.cache

FROM node:24.21.0-bookworm-slim
LABEL org.opencontainers.image.title="Troupe" \
      org.opencontainers.image.description="Hosts a cast of Discord AI bots from one service and one database" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT"
# A process with the number 1 is not ended by a signal that it does not handle yet, and Node needs a moment until it
# does. tini has that number here, hands signals on, and buries what health checks and commands leave behind.
# Debian drops a version when it has a newer one: naming it would break the build within weeks.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends tini \
    && rm -rf /var/lib/apt/lists/*
# The console is where an orchestrator looks for the log. From outside the container only a published port is reached.
ENV NODE_ENV=production \
    HTTP_HOST=0.0.0.0 \
    LOG_FORMAT=json \
    npm_config_cache=/tmp/npm \
    npm_config_update_notifier=false
WORKDIR /app
# Everything belongs to root: the host cannot change the program that it runs.
COPY --from=build /app/node_modules node_modules/
COPY package.json prices.yaml agents.example.yaml LICENSE ./
COPY config config/
COPY prisma prisma/
COPY scripts scripts/
COPY src src/
COPY --from=build /app/src/database/generated src/database/generated/
RUN install --directory --owner=node --group=node --mode=0700 data logs \
    && install --directory --owner=node --group=node node_modules/.cache/troupe
# A number, so that Kubernetes can tell that it is not root; "node" in the base image.
USER 1000:1000
# Fills the cache of compiled sources, which a read-only container could not.
RUN ["node", "--import", "./scripts/preload.js", "src/main.ts", "--help"]
VOLUME ["/app/data", "/app/logs"]
EXPOSE 23459
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=6s --start-period=60s --start-interval=2s --retries=3 \
    CMD ["node", "--import", "./scripts/preload.js", "scripts/ask-health.ts", "liveness"]
ENTRYPOINT ["/usr/bin/tini", "--"]
CMD ["node", "--max-semi-space-size=8", "--import", "./scripts/preload.js", "src/main.ts"]
