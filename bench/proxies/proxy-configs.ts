/** A proxy is one program with one configuration. */
export interface ProxyConfig {
  name: string;
  program: string;
  /** Prints the version. */
  versionArgs: readonly string[];
  /** Starts the proxy in the foreground with the configuration in a file. */
  args: (path: string, listen: number) => readonly string[];
  /** Returns the file's text. */
  config: (ports: { listen: number; server: number }, folder: string) => string;
}

/** As docs/operations.md has it, without buffering. */
const DOCUMENTED = `proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_buffering off;
      proxy_cache off;
      gzip off;`;

function nginx(name: string, settings: string, outside = ''): ProxyConfig {
  return {
    name,
    program: 'nginx',
    versionArgs: ['-v'],
    args: (path) => ['-c', path],
    config: ({ listen, server }, folder) => `daemon off;
pid ${folder}/nginx.pid;
error_log stderr crit;
events {}
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  proxy_cache_path ${folder}/cache keys_zone=cache:1m;
  ${outside}
  server {
    listen 127.0.0.1:${listen};
    location / {
      proxy_pass http://127.0.0.1:${server};
      proxy_http_version 1.1;
      ${settings}
    }
  }
}
`,
  };
}

function caddy(name: string, settings: string): ProxyConfig {
  return {
    name,
    program: 'caddy',
    versionArgs: ['version'],
    args: (path) => ['run', '--adapter', 'caddyfile', '--config', path],
    config: ({ listen, server }) => `{
  admin off
  auto_https off
}
http://127.0.0.1:${listen} {
  ${settings}
  reverse_proxy 127.0.0.1:${server}
}
`,
  };
}

function haproxy(name: string, settings: string): ProxyConfig {
  return {
    name,
    program: 'haproxy',
    versionArgs: ['-v'],
    args: (path) => ['-db', '-f', path],
    config: ({ listen, server }) => `defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  timeout tunnel 1h
  ${settings}
frontend web
  bind 127.0.0.1:${listen}
  http-request set-header X-Forwarded-For %[src]
  http-request set-header X-Forwarded-Proto http
  default_backend server
backend server
  server hindsight 127.0.0.1:${server}
`,
  };
}

function traefik(name: string, middlewares: string): ProxyConfig {
  const isCompressing = middlewares !== '';
  return {
    name,
    program: 'traefik',
    versionArgs: ['version'],
    args: (path, listen) => [
      `--entryPoints.web.address=127.0.0.1:${listen}`,
      `--providers.file.filename=${path}`,
      '--global.checkNewVersion=false',
      '--global.sendAnonymousUsage=false',
      '--log.level=ERROR',
    ],
    config: ({ server }) => `http:
  routers:
    hindsight:
      rule: PathPrefix(\`/\`)
      entryPoints: [web]
      service: hindsight
${isCompressing ? '      middlewares: [compressed]\n' : ''}  services:
    hindsight:
      loadBalancer:
        servers:
          - url: http://127.0.0.1:${server}
${isCompressing ? `  middlewares:\n    compressed:\n      ${middlewares}\n` : ''}`,
  };
}

const HOST_ALONE = 'proxy_set_header Host $http_host;\n      proxy_set_header X-Forwarded-For $remote_addr;';

export const PROXIES: readonly ProxyConfig[] = [
  nginx('nginx, as documented', DOCUMENTED, 'gzip on; gzip_proxied any; gzip_types *; proxy_cache cache;'),
  nginx('nginx, defaults', HOST_ALONE),
  nginx('nginx, gzip', HOST_ALONE, 'gzip on; gzip_proxied any;'),
  nginx('nginx, gzip_types *', HOST_ALONE, 'gzip on; gzip_proxied any; gzip_types *;'),
  nginx('nginx, proxy_cache', HOST_ALONE, 'proxy_cache cache;'),
  caddy('caddy', ''),
  caddy('caddy, encode', 'encode zstd gzip'),
  traefik('traefik', ''),
  traefik('traefik, compress', 'compress: {}'),
  traefik('traefik, compress but videos', 'compress: { excludedContentTypes: [video/mp4] }'),
  haproxy('haproxy', ''),
  haproxy(
    'haproxy, compression',
    'compression algo gzip\n  compression type text/html application/json text/event-stream video/mp4',
  ),
];
