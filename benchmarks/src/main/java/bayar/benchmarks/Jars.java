package bayar.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Requires.Modifier;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How large our jars are, alone and with all that they need: those of the class path that this process runs on. */
final class Jars {
    /**
     * One of our jars.
     *
     * @param name of its module
     * @param totalBytes with all that it needs
     * @param needs the names of what it needs
     */
    record Size(String name, long bytes, long totalBytes, List<String> needs) {}

    private static final String OURS = "bayar.";

    /** Every module of ours. A folder of classes counts as what its files are long. */
    static List<Size> sizes() {
        Map<String, ModuleReference> modules = ModuleFinder.of(classPath().toArray(Path[]::new)).findAll().stream()
                .collect(Collectors.toMap(module -> module.descriptor().name(), Function.identity()));
        return modules.keySet().stream()
                .filter(name -> name.startsWith(OURS))
                .sorted()
                .map(name -> size(name, modules))
                .toList();
    }

    private static Size size(String name, Map<String, ModuleReference> modules) {
        Map<String, ModuleReference> needed = new TreeMap<>();
        add(name, modules, needed);
        long total = needed.values().stream().mapToLong(Jars::bytes).sum();
        List<String> needs = needed.values().stream()
                .filter(module -> !module.descriptor().name().equals(name))
                .sorted(Comparator.comparingLong(Jars::bytes).reversed())
                .map(module -> module.descriptor().name())
                .toList();
        ModuleReference itself = modules.get(name);
        return new Size(name, itself == null ? 0 : bytes(itself), total, needs);
    }

    private static void add(String name, Map<String, ModuleReference> modules, Map<String, ModuleReference> needed) {
        ModuleReference module = modules.get(name);
        if (module == null || needed.putIfAbsent(name, module) != null) {
            return;
        }
        ModuleDescriptor descriptor = module.descriptor();
        for (ModuleDescriptor.Requires requires : descriptor.requires()) {
            if (!requires.modifiers().contains(Modifier.STATIC)) {
                add(requires.name(), modules, needed);
            }
        }
        if (descriptor.isAutomatic() && name.indexOf('.') > 0) {
            // It does not say what it requires: its own family, for ours.
            String family = name.substring(0, name.lastIndexOf('.') + 1);
            modules.keySet().stream()
                    .filter(other -> other.startsWith(family))
                    .forEach(other -> add(other, modules, needed));
        }
    }

    private static List<Path> classPath() {
        List<Path> paths = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(System.getProperty("path.separator"))) {
            Path path = Path.of(entry);
            if (Files.isDirectory(path)) {
                paths.add(path);
            } else if (entry.endsWith(".jar")) {
                paths.add(path);
                paths.addAll(named(path));
            }
        }
        return paths.stream().map(Path::toAbsolutePath).distinct().toList();
    }

    /** The jars that the manifest of this one names, relative to it. */
    private static List<Path> named(Path jar) {
        try (JarFile file = new JarFile(jar.toFile())) {
            String named = file.getManifest() == null
                    ? null
                    : file.getManifest().getMainAttributes().getValue(Attributes.Name.CLASS_PATH);
            return named == null
                    ? List.of()
                    : Arrays.stream(named.split(" +"))
                            .map(jar.toAbsolutePath()::resolveSibling)
                            .filter(Files::exists)
                            .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long bytes(ModuleReference module) {
        Path path = module.location().map(Path::of).orElseThrow();
        try (Stream<Path> files = Files.walk(path)) {
            long bytes = 0;
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                bytes += Files.size(file);
            }
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Jars() {}
}
