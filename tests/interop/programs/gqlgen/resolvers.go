package main

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"

)

var live, bumped atomic.Int32

// Resolver is the root of all resolvers.
type Resolver struct{}

func (r *Resolver) Query() QueryResolver               { return &queryResolver{} }
func (r *Resolver) Mutation() MutationResolver         { return &mutationResolver{} }
func (r *Resolver) Subscription() SubscriptionResolver { return &subscriptionResolver{} }
func (r *Resolver) Person() PersonResolver             { return &personResolver{} }

type queryResolver struct{}
type mutationResolver struct{}
type subscriptionResolver struct{}
type personResolver struct{}

func (*queryResolver) Hello(_ context.Context, name string) (string, error) {
	return "Hello, " + name + "!", nil
}
func (*queryResolver) Fails(context.Context) (*string, error) {
	return nil, errors.New("the resolver failed")
}
func (*queryResolver) Live(context.Context) (int, error)   { return int(live.Load()), nil }
func (*queryResolver) Bumped(context.Context) (int, error) { return int(bumped.Load()), nil }
func (*queryResolver) Me(context.Context) (*Person, error) { return &Person{ID: "1"}, nil }

func (*personResolver) Bio(context.Context, *Person) (string, error) {
	time.Sleep(5 * time.Millisecond)
	return "writes programs", nil
}

func (*mutationResolver) Bump(context.Context) (int, error) { return int(bumped.Add(1)), nil }

// produce runs produce in a goroutine and counts it as live. send returns false when the subscription is over.
func produce[T any](ctx context.Context, produce func(send func(T) bool)) <-chan T {
	events := make(chan T)
	live.Add(1)
	go func() {
		defer live.Add(-1)
		defer close(events)
		produce(func(event T) bool {
			select {
			case events <- event:
				return true
			case <-ctx.Done():
				return false
			}
		})
	}()
	return events
}

// sleep returns false when the subscription is over.
func sleep(ctx context.Context, ms int) bool {
	select {
	case <-time.After(time.Duration(ms) * time.Millisecond):
		return true
	case <-ctx.Done():
		return false
	}
}

func (*subscriptionResolver) Counter(ctx context.Context, to int, everyMs int) (<-chan int, error) {
	return produce(ctx, func(send func(int) bool) {
		for i := 1; i <= to && send(i); i++ {
			if everyMs > 0 && !sleep(ctx, everyMs) {
				return
			}
		}
	}), nil
}

func (*subscriptionResolver) Echo(ctx context.Context, text string) (<-chan string, error) {
	return produce(ctx, func(send func(string) bool) { send(text) }), nil
}

func (*subscriptionResolver) Big(ctx context.Context, length int) (<-chan string, error) {
	return produce(ctx, func(send func(string) bool) { send(strings.Repeat("x", length)) }), nil
}

func (*subscriptionResolver) IteratorFails(ctx context.Context, after int) (<-chan int, error) {
	return produce(ctx, func(send func(int) bool) {
		for i := 1; i <= after; i++ {
			send(i)
		}
	}), nil
}

func (*subscriptionResolver) Quiet(ctx context.Context, ms int) (<-chan string, error) {
	return produce(ctx, func(send func(string) bool) {
		if send("first") && sleep(ctx, ms) {
			send("last")
		}
	}), nil
}
