#!/usr/bin/env bash
# Traefik 3.6.12 (Go), its `compress` middleware with its defaults: for clients that prefer Brotli or Zstandard it compresses parts of
# files (206), and whatever it compresses keeps the strong entity tag.
#
# Expected: a part that was asked for by `Range` comes as it is, as behind nginx, Caddy and HAProxy; a file that was compressed on the way
# has no strong entity tag any more, or one of its own (RFC 9110, 8.8.3), and no `Accept-Ranges`.
# Seen: bytes 1000 to 49999 come as a complete Brotli or Zstandard stream of another length, whose `Content-Range` still counts the
# bytes of the file. With gzip, which is chosen where a client takes all equally, as browsers do, parts are left alone. In all three
# encodings the whole file keeps its tag. So a client that resumes a compressed download by `If-Range` gets bytes of the file itself (gzip)
# or another stream (Brotli, Zstandard) as the rest of a stream. Media elements of browsers take no encoding, and are not affected.
#
# The script asks the middleware, in a program of a few lines and without the rest of Traefik, and fails if what it sees changes. It needs
# Go 1.25, and takes some minutes to compile.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat >go.mod <<'MOD'
module finding

go 1.25

require github.com/traefik/traefik/v3 v3.6.12

// Traefik's own, which don't come with it.
replace (
	github.com/abbot/go-http-auth => github.com/containous/go-http-auth v0.4.1-0.20200324110947-a37a7636d23e
	github.com/gorilla/mux => github.com/containous/mux v0.0.0-20250523120546-41b6ec3aed59
	github.com/mailgun/minheap => github.com/containous/minheap v0.0.0-20190809180810-6e71eb837595
)
MOD
cat >main.go <<'GO'
package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/traefik/traefik/v3/pkg/config/dynamic"
	"github.com/traefik/traefik/v3/pkg/middlewares/compress"
)

func main() {
	video := make([]byte, 200_000)
	rand.New(rand.NewSource(1)).Read(video)
	files := http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		writer.Header().Set("Etag", `"one"`)
		http.ServeContent(writer, request, "clip.mp4", time.Time{}, bytes.NewReader(video))
	})
	settings := dynamic.Compress{}
	settings.SetDefaults()
	handler, err := compress.New(context.Background(), files, settings, "compress")
	if err != nil {
		panic(err)
	}
	for _, accepted := range []string{"gzip, deflate, br, zstd", "br", "zstd", "identity;q=1, *;q=0"} {
		for _, part := range []string{"", "bytes=1000-49999"} {
			request := httptest.NewRequest(http.MethodGet, "/clip.mp4", nil)
			request.Header.Set("Accept-Encoding", accepted)
			expected := video
			if part != "" {
				request.Header.Set("Range", part)
				expected = video[1000:50_000]
			}
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, request)
			header := answer.Header()
			fmt.Printf("%s: %d, encoding %q, tag %s, range %q, accepts %q, bytes of the file: %v\n",
				accepted, answer.Code, header.Get("Content-Encoding"), header.Get("Etag"), header.Get("Content-Range"),
				header.Get("Accept-Ranges"), bytes.Equal(answer.Body.Bytes(), expected))
		}
	}
}
GO
GOFLAGS=-mod=mod go run . | tee seen

cat >expected <<'TEXT'
gzip, deflate, br, zstd: 200, encoding "gzip", tag "one", range "", accepts "", bytes of the file: false
gzip, deflate, br, zstd: 206, encoding "", tag "one", range "bytes 1000-49999/200000", accepts "bytes", bytes of the file: true
br: 200, encoding "br", tag "one", range "", accepts "bytes", bytes of the file: false
br: 206, encoding "br", tag "one", range "bytes 1000-49999/200000", accepts "bytes", bytes of the file: false
zstd: 200, encoding "zstd", tag "one", range "", accepts "bytes", bytes of the file: false
zstd: 206, encoding "zstd", tag "one", range "bytes 1000-49999/200000", accepts "bytes", bytes of the file: false
identity;q=1, *;q=0: 200, encoding "", tag "one", range "", accepts "bytes", bytes of the file: true
identity;q=1, *;q=0: 206, encoding "", tag "one", range "bytes 1000-49999/200000", accepts "bytes", bytes of the file: true
TEXT
diff expected seen && echo "as described"
