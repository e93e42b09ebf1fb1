package interop;

import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.context.annotation.Bean;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.config.annotation.CorsRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** POST streams with ids, by SseEmitter. */
@RestController
public class Streams {
  static final AtomicInteger live = new AtomicInteger();
  static final AtomicInteger started = new AtomicInteger();

  public record Request(int to, Integer everyMs, String text, Integer length, Integer failsAfter) {}

  @Bean
  WebMvcConfigurer cors() {
    return new WebMvcConfigurer() {
      @Override
      public void addCorsMappings(CorsRegistry registry) {
        registry.addMapping("/**").allowedOriginPatterns("*").allowedHeaders("*").allowCredentials(true);
      }
    };
  }

  @GetMapping("/counts")
  Map<String, Integer> counts() {
    return Map.of("live", live.get(), "started", started.get());
  }

  @PostMapping("/busy")
  ResponseEntity<String> busy() {
    return ResponseEntity.status(429).header("retry-after", "1").body("slow down");
  }

  @PostMapping("/stream")
  SseEmitter stream(
      @RequestBody Request request, @RequestHeader(value = "last-event-id", required = false) String last) {
    SseEmitter emitter = new SseEmitter(0L);
    live.incrementAndGet();
    started.incrementAndGet();
    new Thread(() -> {
      try {
        send(emitter, request, last == null ? 1 : Integer.parseInt(last) + 1);
        emitter.send("[DONE]");
        emitter.complete();
      } catch (Exception error) {
        emitter.completeWithError(error);
      } finally {
        live.decrementAndGet();
      }
    }).start();
    return emitter;
  }

  private void send(SseEmitter emitter, Request request, int from) throws Exception {
    int length = request.length() == null ? 0 : request.length();
    int everyMs = request.everyMs() == null ? 0 : request.everyMs();
    String text = request.text() != null ? request.text() : "x".repeat(length);
    for (int i = from; i <= request.to(); i++) {
      if (request.failsAfter() != null && i > request.failsAfter()) {
        throw new IllegalStateException("the stream failed");
      }
      Map<String, Object> data = Map.of("i", i, "text", text);
      emitter.send(SseEmitter.event().id(String.valueOf(i)).data(data, MediaType.APPLICATION_JSON));
      if (everyMs > 0 && i < request.to()) Thread.sleep(everyMs);
    }
  }
}
