package bayar.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.openqa.selenium.By;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebDriverException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;
import org.openqa.selenium.remote.CommandInfo;
import org.openqa.selenium.remote.HttpCommandExecutor;
import org.openqa.selenium.remote.RemoteWebDriver;
import org.openqa.selenium.remote.http.HttpClient;
import org.openqa.selenium.remote.http.HttpMethod;
import tools.jackson.databind.JsonNode;

/**
 * A headless Chromium that is installed on this machine, looking at one page, with everything that it has asked the
 * network for and everything that it has complained of.
 */
final class Browser implements AutoCloseable {
    private static final List<String> CHROMIUMS =
            List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long PAUSE_MILLIS = 50;

    private final ChromeDriverService service;
    private final Chromium driver;
    private final List<String> asked = new ArrayList<>();
    private final List<String> complaints = new ArrayList<>();

    private Browser(ChromeDriverService service, Chromium driver) {
        this.service = service;
        this.driver = driver;
    }

    /** Selenium's own would look for a browser to fetch. */
    private static final class Chromium extends RemoteWebDriver {
        private static final String DEVTOOLS = "devtools";

        Chromium(URL chromedriver, ChromeOptions options) {
            super(
                    new HttpCommandExecutor(
                            HttpClient.Factory.createDefault().createClient(chromedriver),
                            Map.of(DEVTOOLS, new CommandInfo("/session/:sessionId/goog/cdp/execute", HttpMethod.POST)),
                            chromedriver),
                    options);
        }

        Object devtools(String command, Map<String, ?> parameters) {
            return execute(DEVTOOLS, Map.of("cmd", command, "params", parameters))
                    .getValue();
        }
    }

    /** Opens one; where there is none the test is skipped, but with {@code CI=true} it fails. */
    static Browser open(int width, int height) {
        Path chromium = find(CHROMIUMS);
        Path chromedriver = find(List.of("chromedriver"));
        if (chromium == null || chromedriver == null) {
            String message = "no chromium with chromedriver on the PATH; on Debian: apt-get install chromium-driver";
            if ("true".equals(System.getenv("CI"))) {
                fail(message);
            }
            Assumptions.abort(message);
        }
        LoggingPreferences logging = new LoggingPreferences();
        logging.enable(LogType.BROWSER, Level.ALL);
        logging.enable(LogType.PERFORMANCE, Level.ALL);
        ChromeOptions options = new ChromeOptions();
        options.setBinary(String.valueOf(chromium));
        // Root, as whom containers run, gets no sandbox; the only page that is opened is our own.
        options.addArguments(
                "--headless=new",
                "--no-sandbox",
                "--disable-dev-shm-usage",
                "--disable-gpu",
                "--hide-scrollbars",
                "--disable-background-networking",
                "--window-size=" + width + "," + height);
        options.setCapability("goog:loggingPrefs", logging);
        ChromeDriverService service = new ChromeDriverService.Builder()
                .usingDriverExecutable(Objects.requireNonNull(chromedriver).toFile())
                .usingAnyFreePort()
                .build();
        try {
            service.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Browser browser = new Browser(service, new Chromium(service.getUrl(), options));
        browser.resize(width, height);
        return browser;
    }

    private static @Nullable Path find(List<String> names) {
        String path = System.getenv().getOrDefault("PATH", "");
        return names.stream()
                .flatMap(name -> Stream.of(path.split(File.pathSeparator, -1)).map(dir -> Path.of(dir, name)))
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
    }

    void go(URI url) {
        driver.get(url.toString());
    }

    void resize(int width, int height) {
        driver.devtools(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
    }

    void prefer(String scheme) {
        driver.devtools(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
    }

    /** What is to be read there; empty when there is no such element. */
    String text(String selector) {
        Object text = run("return document.querySelector(arguments[0])?.textContent ?? ''", selector);
        return String.valueOf(text).strip();
    }

    Object run(String script, Object... arguments) {
        return Objects.requireNonNullElse(driver.executeScript(script, arguments), "");
    }

    long number(String script) {
        return ((Number) run(script)).longValue();
    }

    WebElement element(String selector) {
        return driver.findElement(By.cssSelector(selector));
    }

    /** Presses keys, as {@link org.openqa.selenium.Keys} names them, wherever the focus is. */
    void press(CharSequence... keys) {
        driver.switchTo().activeElement().sendKeys(keys);
    }

    void until(String what, BooleanSupplier holds) throws InterruptedException {
        long endNanos = System.nanoTime() + PATIENCE.toNanos();
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() - endNanos > 0) {
                fail("waited " + PATIENCE.toSeconds() + " s until " + what + "; the page says: "
                        + run("return document.body.innerText"));
            }
            Thread.sleep(PAUSE_MILLIS);
        }
    }

    void untilReads(String selector, String part) throws InterruptedException {
        until(selector + " reads \"" + part + "\"", () -> text(selector).contains(part));
    }

    /** Keeps a picture of what is to be seen, or of the whole page. */
    void picture(Path file, boolean isWhole) throws IOException {
        Map<?, ?> taken = (Map<?, ?>)
                driver.devtools("Page.captureScreenshot", Map.of("format", "png", "captureBeyondViewport", isWhole));
        Files.write(file, OutputType.BYTES.convertFromBase64Png(String.valueOf(taken.get("data"))));
    }

    /** The hosts and ports that the page has asked anything of since it was opened. */
    Set<String> authorities() {
        readLogs();
        return asked.stream()
                .map(URI::create)
                .map(uri -> uri.getScheme() + "://" + uri.getAuthority())
                .collect(Collectors.toSet());
    }

    /** What the console shows as an error or a warning since this was called last. */
    List<String> newComplaints() {
        readLogs();
        List<String> copy = List.copyOf(complaints);
        complaints.clear();
        return copy;
    }

    private void readLogs() {
        for (LogEntry entry : driver.manage().logs().get(LogType.BROWSER)) {
            if (entry.getLevel().intValue() >= Level.WARNING.intValue()) {
                complaints.add(entry.getMessage());
            }
        }
        for (LogEntry entry : driver.manage().logs().get(LogType.PERFORMANCE)) {
            JsonNode message = Json.MAPPER.readTree(entry.getMessage()).path("message");
            if (message.path("method").asString("").equals("Network.requestWillBeSent")) {
                String url = message.path("params").path("request").path("url").asString("");
                if (!url.startsWith("data:")) {
                    asked.add(url);
                }
            }
        }
    }

    /** Texts that are too faint on their ground: below what WCAG asks for at level AA. */
    void requireContrast() {
        assertEquals(List.of(), run(CONTRAST), "too faint for WCAG AA");
    }

    private static final String CONTRAST = """
            const channels = (color) => color.match(/[\\d.]+/g).map(Number);
            const luminance = ([r, g, b]) => [r, g, b].map((c) => c / 255)
                .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
                .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
            const ground = (element) => {
              for (let e = element; e; e = e.parentElement) {
                const [r, g, b, a = 1] = channels(getComputedStyle(e).backgroundColor);
                if (a > 0) return [r, g, b];
              }
              return [255, 255, 255];
            };
            const faint = [];
            for (const element of document.querySelectorAll("body *")) {
              const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim() !== "");
              if (!own || !element.checkVisibility() || element.closest("noscript, .skip")) continue;
              const style = getComputedStyle(element);
              const [light, dark] = [luminance(channels(style.color)), luminance(ground(element))].sort((a, b) => b - a);
              const ratio = (light + 0.05) / (dark + 0.05);
              const isLarge = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
              if (ratio < (isLarge ? 3 : 4.5)) faint.push(`${element.tagName} "${element.textContent.trim()}" ${ratio.toFixed(2)}`);
            }
            return faint;
            """;

    @Override
    public void close() {
        try {
            driver.quit();
        } catch (WebDriverException e) {
            fail("the browser does not end", e);
        } finally {
            service.stop();
        }
    }
}
