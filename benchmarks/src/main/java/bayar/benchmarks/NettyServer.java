package bayar.benchmarks;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.codec.LengthFieldPrepender;
import io.netty.handler.codec.MessageToMessageDecoder;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import java.net.InetAddress;
import java.util.List;
import java.util.function.Supplier;

/** A server on Netty, with Netty's own codecs: TCP with a 4-byte length, or WebSocket text. */
final class NettyServer {
    private static final int MAX_MESSAGE_BYTES = 65_536;

    private NettyServer() {}

    /** Makes handlers that send each message back. */
    static Supplier<ChannelHandler> echo() {
        return () -> new SimpleChannelInboundHandler<ByteBuf>() {
            @Override
            protected void channelRead0(ChannelHandlerContext context, ByteBuf message) {
                context.write(message.retain(), context.voidPromise());
            }

            @Override
            public void channelReadComplete(ChannelHandlerContext context) {
                context.flush();
            }
        };
    }

    /**
     * Has it listen, with as many event loops as processors.
     *
     * @param handlers makes the handler of a connection, which reads and writes whole messages as a {@link ByteBuf}
     */
    static Contender.Running open(boolean isWebSocket, Supplier<ChannelHandler> handlers) {
        EventLoopGroup loops =
                new MultiThreadIoEventLoopGroup(Runtime.getRuntime().availableProcessors(), NioIoHandler.newFactory());
        Channel channel = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 1024)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel accepted) {
                        framing(accepted.pipeline(), isWebSocket).addLast(handlers.get());
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .syncUninterruptibly()
                .channel();
        int port = ((java.net.InetSocketAddress) channel.localAddress()).getPort();
        return new Contender.Running(port, () -> {
            channel.close().syncUninterruptibly();
            loops.shutdownGracefully();
        });
    }

    private static ChannelPipeline framing(ChannelPipeline pipeline, boolean isWebSocket) {
        if (!isWebSocket) {
            return pipeline.addLast(
                    new LengthFieldBasedFrameDecoder(MAX_MESSAGE_BYTES, 0, Integer.BYTES, 0, Integer.BYTES),
                    new LengthFieldPrepender(Integer.BYTES));
        }
        return pipeline.addLast(
                new HttpServerCodec(),
                new HttpObjectAggregator(MAX_MESSAGE_BYTES),
                new WebSocketServerProtocolHandler("/"),
                new MessageToMessageDecoder<TextWebSocketFrame>() {
                    @Override
                    protected void decode(ChannelHandlerContext context, TextWebSocketFrame frame, List<Object> out) {
                        out.add(frame.content().retain());
                    }
                },
                new ChannelOutboundHandlerAdapter() {
                    @Override
                    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
                        context.write(
                                message instanceof ByteBuf bytes ? new TextWebSocketFrame(bytes) : message, promise);
                    }
                });
    }
}
