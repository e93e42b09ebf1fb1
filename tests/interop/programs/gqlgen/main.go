// gqlgen: the schema of ../schema.graphql over event streams and multipart.
package main

import (
	"net/http"
	"os"
	"time"

	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/transport"
)

// allowOrigin lets pages of other origins ask, with credentials.
func allowOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if origin := r.Header.Get("Origin"); origin != "" {
			w.Header().Set("Access-Control-Allow-Origin", origin)
			w.Header().Set("Access-Control-Allow-Credentials", "true")
			w.Header().Set("Access-Control-Allow-Headers", r.Header.Get("Access-Control-Request-Headers"))
		}
		if r.Method == http.MethodOptions {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func main() {
	server := handler.New(NewExecutableSchema(Config{Resolvers: &Resolver{}}))
	// The first transport that accepts a request answers it: POST accepts those of the others too.
	server.AddTransport(transport.SSE{KeepAlivePingInterval: time.Second})
	server.AddTransport(transport.MultipartMixed{})
	server.AddTransport(transport.GET{})
	server.AddTransport(transport.POST{})
	http.Handle("/graphql", allowOrigin(server))
	if err := http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil); err != nil {
		panic(err)
	}
}
