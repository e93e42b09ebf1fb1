module interop

go 1.24

tool github.com/99designs/gqlgen

require github.com/99designs/gqlgen v0.17.98
