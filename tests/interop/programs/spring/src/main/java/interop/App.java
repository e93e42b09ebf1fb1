package interop;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.graphql.data.method.annotation.Argument;
import org.springframework.graphql.data.method.annotation.MutationMapping;
import org.springframework.graphql.data.method.annotation.QueryMapping;
import org.springframework.graphql.data.method.annotation.SubscriptionMapping;
import org.springframework.stereotype.Controller;
import reactor.core.publisher.Flux;

/** The schema of ../schema.graphql on Spring for GraphQL, by WebFlux or by MVC. */
@SpringBootApplication
public class App {
  static final AtomicInteger live = new AtomicInteger();
  static final AtomicInteger bumped = new AtomicInteger();

  public static void main(String[] args) {
    SpringApplication.run(App.class, args);
  }

  static <T> Flux<T> counted(Flux<T> source) {
    return source
        .doOnSubscribe(subscription -> live.incrementAndGet())
        .doFinally(signal -> live.decrementAndGet());
  }

  @Controller
  static class Resolvers {
    @QueryMapping
    String hello(@Argument String name) {
      return "Hello, " + name + "!";
    }

    @QueryMapping
    String fails() {
      throw new IllegalStateException("the resolver failed");
    }

    @QueryMapping
    int live() {
      return live.get();
    }

    @QueryMapping
    int bumped() {
      return bumped.get();
    }

    @QueryMapping
    Map<String, String> me() {
      return Map.of("id", "1", "bio", "writes programs");
    }

    @MutationMapping
    int bump() {
      return bumped.incrementAndGet();
    }

    @SubscriptionMapping
    Flux<Integer> counter(@Argument int to, @Argument int everyMs) {
      Flux<Integer> numbers = Flux.range(1, to);
      return counted(everyMs > 0 ? numbers.delayElements(Duration.ofMillis(everyMs)) : numbers);
    }

    @SubscriptionMapping
    Flux<String> echo(@Argument String text) {
      return Flux.just(text);
    }

    @SubscriptionMapping
    Flux<String> big(@Argument int length) {
      return Flux.just("x".repeat(length));
    }

    @SubscriptionMapping
    Flux<Integer> iteratorFails(@Argument int after) {
      return Flux.concat(Flux.range(1, after), Flux.error(new IllegalStateException("the iterator failed")));
    }

    @SubscriptionMapping
    Flux<String> quiet(@Argument int ms) {
      return counted(Flux.concat(Flux.just("first"), Flux.just("last").delayElements(Duration.ofMillis(ms))));
    }
  }
}
