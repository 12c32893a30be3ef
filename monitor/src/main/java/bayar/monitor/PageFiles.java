package bayar.monitor;

import bayar.BayarException;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** The files of the live page, by the paths under which they are served: these and no others. Immutable. */
final class PageFiles {
    private static final String SCRIPT = "text/javascript; charset=utf-8";
    private static final String STYLE = "text/css; charset=utf-8";
    private static final Map<String, String> TYPES = Map.of(
            "index.html", "text/html; charset=utf-8",
            "page.css", STYLE,
            "page.js", SCRIPT,
            "charts.js", SCRIPT,
            "format.js", SCRIPT,
            "payments.js", SCRIPT,
            "stream.js", SCRIPT,
            "uPlot.esm.js", SCRIPT,
            "uPlot.min.css", STYLE,
            "icon.svg", "image/svg+xml");

    private final Map<String, Answer> files = new HashMap<>();

    /** @throws BayarException if one is missing from the jar */
    PageFiles() {
        TYPES.forEach((name, type) -> {
            String path = name.equals("index.html") ? "/" : "/" + name;
            files.put(path, new Answer(200, type, read(name), Map.of()));
        });
    }

    private static byte[] read(String name) {
        try (InputStream in = PageFiles.class.getResourceAsStream("page/" + name)) {
            if (in == null) {
                throw new BayarException("bayar-monitor lacks its file page/" + name + "; use the jar as it was built");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new BayarException("cannot read page/" + name + " of bayar-monitor: " + e, e);
        }
    }

    /** Every path. */
    Set<String> paths() {
        return files.keySet();
    }

    /** The file at one of the paths. */
    Answer at(String path) {
        return Objects.requireNonNull(files.get(path));
    }
}
