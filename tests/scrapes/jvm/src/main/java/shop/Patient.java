// A small Spring Boot service behind a narrow place: a HikariCP pool of five connections, or a pool
// of four threads with a queue before it (patient.narrow=connections or threads). Its latency can be
// changed while it runs; whoever is not served within a second gets an error.

package shop;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.ExecutorServiceMetrics;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@SpringBootApplication
@RestController
public class Patient {
  private final JdbcTemplate database;
  private final ExecutorService pool;
  private final boolean threads;
  private volatile long latency = 10;

  public Patient(JdbcTemplate database, MeterRegistry registry, @Value("${patient.narrow:connections}") String narrow) {
    this.database = database;
    this.threads = narrow.equals("threads");
    var bounded = new ThreadPoolExecutor(4, 4, 1, TimeUnit.MINUTES, new ArrayBlockingQueue<>(500));
    this.pool = threads ? ExecutorServiceMetrics.monitor(registry, bounded, "reservations") : bounded;
  }

  public static void main(String[] arguments) {
    SpringApplication.run(Patient.class, arguments);
  }

  @GetMapping("/reserve")
  public String reserve(@RequestParam(defaultValue = "none") String sku) throws Exception {
    return threads ? pool.submit(() -> stock(sku)).get(1, TimeUnit.SECONDS) : inTheDatabase(sku);
  }

  // The connection is held for as long as the other side takes.
  private String inTheDatabase(String sku) {
    return database.execute((ConnectionCallback<String>) connection -> {
      try (var rows = connection.createStatement().executeQuery("select 1")) {
        rows.next();
        return stock(sku);
      }
    });
  }

  private String stock(String sku) {
    try {
      Thread.sleep(Duration.ofMillis(latency).plusNanos((long) (Math.random() * latency * 100_000)).toMillis());
    } catch (InterruptedException gone) {
      Thread.currentThread().interrupt();
    }
    return "{\"sku\":\"" + sku + "\",\"level\":" + sku.hashCode() % 500 + "}";
  }

  @PostMapping("/admin/dependency")
  public String dependency(@RequestParam String latency) {
    this.latency = Long.parseLong(latency.replace("ms", ""));
    return latency;
  }
}
