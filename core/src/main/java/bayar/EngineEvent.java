package bayar;

/** Something that happened in an engine and that its {@linkplain Extension extensions} are told of. */
public sealed interface EngineEvent permits AnswerEvent, BatchEvent, PaymentEvent {}
