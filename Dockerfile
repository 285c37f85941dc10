# syntax=docker/dockerfile:1
FROM node:24-bookworm-slim AS build
WORKDIR /app
# `prisma generate` would fetch an engine that generating doesn't use.
ENV CI=true PRISMA_SCHEMA_ENGINE_BINARY=/bin/true TURBO_TELEMETRY_DISABLED=1
COPY . .
RUN npm install --global "$(node -p "require('./package.json').packageManager")"
RUN pnpm install --frozen-lockfile \
  && pnpm exec turbo run generate build
# What the tests and the web's build needed stays behind.
RUN rm -rf node_modules apps/*/node_modules packages/*/node_modules \
  && pnpm install --frozen-lockfile --prod --filter '@hindsight/server...'

FROM node:24-bookworm-slim
RUN apt-get update \
  && apt-get install -y --no-install-recommends ffmpeg \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app ./
RUN mkdir /data && chown node:node /data
USER node
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
VOLUME /data
EXPOSE 3000
HEALTHCHECK --start-period=60s --interval=10s --timeout=3s \
  CMD node -e "const s = process.env.TLS_CERT ? 'https' : 'http'; require(s).get(s + '://127.0.0.1:' + process.env.PORT + '/healthz', { rejectUnauthorized: false }, (r) => process.exit(r.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"
# Ends cleanly at SIGTERM: running recordings are finished first.
STOPSIGNAL SIGTERM
CMD ["node", "apps/server/src/main.ts"]
