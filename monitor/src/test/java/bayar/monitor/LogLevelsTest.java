package bayar.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bayar.BayarException;
import bayar.monitor.LogLevels.Level;
import ch.qos.logback.classic.LoggerContext;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/** Levels of loggers, changed while the program runs, by each library that can. */
class LogLevelsTest {
    private static final String NAME = "bayar.monitor.test.levels";

    static Stream<Arguments> libraries() {
        return Stream.of(
                Arguments.of("Logback", new LogbackLevels(new LoggerContext())),
                Arguments.of("java.util.logging", new JdkLevels()),
                Arguments.of("Log4j", Log4jLevels.ofProvider()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("libraries")
    void aLevelIsWhatItWasSetTo(String library, LogLevels levels) {
        for (Level level : Level.values()) {
            levels.set(NAME, level);
            assertEquals(level, levels.levels().get(NAME), library);
        }
        assertTrue(levels.levels().containsKey(LogLevels.ROOT), library);
        levels.set(LogLevels.ROOT, Level.WARN);
        assertEquals(Level.WARN, levels.levels().get(LogLevels.ROOT), library);
    }

    @Test
    void theProviderThatIsThereIsTakenAndLoggersFollow() {
        LogLevels levels = LogLevels.ofProvider();
        assertInstanceOf(LogbackLevels.class, levels);
        levels.set(NAME, Level.WARN);
        assertFalse(LoggerFactory.getLogger(NAME + ".child").isInfoEnabled());
        levels.set(NAME, Level.DEBUG);
        assertTrue(LoggerFactory.getLogger(NAME + ".child").isDebugEnabled());
    }

    @Test
    void aProviderThatCannotSaysWhatCan() {
        LogLevels fixed = new FixedLevels("org.slf4j.simple.SimpleLoggerFactory");
        assertTrue(assertThrows(BayarException.class, () -> fixed.set(NAME, Level.INFO))
                .getMessage()
                .contains("org.slf4j.simple.SimpleLoggerFactory"));
    }
}
