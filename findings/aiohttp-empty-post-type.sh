#!/usr/bin/env bash
# aiohttp 3.14.1 (PyPI; the HTTP client of Home Assistant and of many Python programs): a POST without a body names a type all the
# same, `Content-Type: application/octet-stream`. A server that picks its parser by the type, and knows that one not, refuses a
# request that has nothing to parse. PowerShell's Invoke-RestMethod and `curl -d ''` name application/x-www-form-urlencoded so.
#
# Expected: a request without a body has no Content-Type.
# Seen: Content-Length 0, and a type.
#
# The script installs the package in a temporary folder, sends one request, and fails if what it sees changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check aiohttp==3.14.1

cat >run.py <<'PY'
import asyncio

import aiohttp
from aiohttp import web


async def tell(request: web.Request) -> web.Response:
    print("length", request.headers.get("Content-Length"), "type", request.headers.get("Content-Type"))
    return web.Response()


async def main() -> None:
    app = web.Application()
    app.router.add_post("/press", tell)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    async with aiohttp.ClientSession() as session:
        await session.post(f"http://127.0.0.1:{port}/press")
    await runner.cleanup()


asyncio.run(main())
PY
venv/bin/python run.py | tee seen

echo "length 0 type application/octet-stream" >expected
diff expected seen && echo "as described"
