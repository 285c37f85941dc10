# syntax=docker/dockerfile:1
FROM node:24-bookworm-slim AS build
WORKDIR /app
# `prisma generate` would fetch an engine that generating does not use.
ENV CI=true PRISMA_SCHEMA_ENGINE_BINARY=/bin/true TURBO_TELEMETRY_DISABLED=1
COPY . .
RUN npm install --global "$(node -p "require('./package.json').packageManager")"
RUN pnpm install --frozen-lockfile \
  && pnpm exec turbo run generate build
# Only what the server needs to run is installed again, without what the tests and the web build needed.
RUN rm -rf node_modules apps/*/node_modules packages/*/node_modules \
  && pnpm install --frozen-lockfile --prod --ignore-scripts --filter '@hindsight/server...' \
  && find apps packages -name node_modules -prune -o '(' -name '*.test.ts' -o -name '*.contract.ts' -o -name testing ')' -exec rm -rf {} + \
  && rm -rf packages/rig

FROM node:24-bookworm-slim
RUN apt-get update \
  && apt-get install -y --no-install-recommends ffmpeg \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/packages ./packages
COPY --from=build /app/apps/server ./apps/server
COPY --from=build /app/apps/web/dist ./apps/web/dist
# LiveKit Egress has the same user in its image, so that each can write and delete the other's segments.
RUN mkdir /data && chown 1001:0 /data && chmod 775 /data
USER 1001:0
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
# A server that restarts after a crash does not compile its code again.
ENV NODE_COMPILE_CACHE=/tmp/hindsight-code
# As under `npm start`, the server gives back memory that it does not need (scripts/start/server-command.mjs).
ENV MALLOC_MMAP_THRESHOLD_=1048576 MALLOC_TRIM_THRESHOLD_=1048576
VOLUME /data
EXPOSE 3000
HEALTHCHECK --start-period=60s --interval=10s --timeout=3s \
  CMD ["node", "apps/server/src/healthcheck.ts"]
# The server ends cleanly at SIGTERM, after it has finished running recordings.
STOPSIGNAL SIGTERM
CMD ["node", "--max-semi-space-size=4", "apps/server/src/main.ts"]
