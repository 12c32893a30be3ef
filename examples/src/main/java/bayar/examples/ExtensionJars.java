package bayar.examples;

import bayar.BayarException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A directory of jars with extensions, for servers whose class path is not the user's to write. */
final class ExtensionJars {
    /** Makes what is in the jars visible to {@link java.util.ServiceLoader} on the calling thread. */
    static void addToClassPath(Path directory) {
        ClassLoader parent = ExtensionJars.class.getClassLoader();
        Thread.currentThread().setContextClassLoader(new URLClassLoader(urls(directory), parent));
    }

    private static URL[] urls(Path directory) {
        if (!Files.isDirectory(directory)) {
            throw new BayarException("--extensions " + directory + " is not a directory; give the one the jars are in");
        }
        try (Stream<Path> files = Files.list(directory)) {
            List<Path> jars = files.filter(file -> file.toString().endsWith(".jar"))
                    .sorted()
                    .toList();
            if (jars.isEmpty()) {
                throw new BayarException("--extensions " + directory + " has no jar in it; put the extensions there");
            }
            URL[] urls = new URL[jars.size()];
            for (int i = 0; i < urls.length; i++) {
                urls[i] = url(jars.get(i));
            }
            return urls;
        } catch (IOException | UncheckedIOException e) {
            throw new BayarException("cannot read the directory --extensions " + directory + ": " + e, e);
        }
    }

    private static URL url(Path jar) throws MalformedURLException {
        return jar.toUri().toURL();
    }

    private ExtensionJars() {}
}
