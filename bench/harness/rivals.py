"""Configurations of nginx and lighttpd.

From their manuals on serving static files: nginx's "Serving Static Content"
(sendfile, tcp_nopush, tcp_nodelay, open_file_cache) and its thread-pool page
(aio threads); lighttpd's performance page (sendfile and epoll are its
defaults, more keep-alive requests); nginx's "Configuring HTTPS servers"
(ssl_session_cache shared), lighttpd's page on TLS (one file of certificate and key;
HTTP/2 is on by itself). Connections are kept as long as the bench
wants them.
"""

from harness import certificate

NGINX = """\
daemon off;
worker_processes 1;
worker_rlimit_nofile 65536;
error_log stderr crit;
pid {work}/nginx.pid;
user root;
events {{
    worker_connections 16384;
}}
http {{
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    access_log off;
    sendfile on;
    tcp_nopush {nopush};
    tcp_nodelay on;
    keepalive_timeout 3600s;
    keepalive_requests 1000000000;
    open_file_cache max=20000 inactive=300s;
    open_file_cache_valid 60s;
    open_file_cache_min_uses 1;
    client_body_temp_path {work}/nginx-temp;
    proxy_temp_path {work}/nginx-temp;
    fastcgi_temp_path {work}/nginx-temp;
    uwsgi_temp_path {work}/nginx-temp;
    scgi_temp_path {work}/nginx-temp;
    {more}
    server {{
        listen 127.0.0.1:{port} backlog=4096{listen};
        root {root};
    }}
}}
"""

NGINX_MORE = {
    "sendfile": "",
    "nodelay": "",
    "threads": "aio threads;",
    "secure": """ssl_certificate {chain};
    ssl_certificate_key {key};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:SSL:10m;
    ssl_session_timeout 10m;""",
    "directio": "aio threads; directio 8m; output_buffers 2 512k;",
}

LIGHTTPD = """\
server.document-root = "{root}"
server.bind = "127.0.0.1"
server.port = {port}
server.max-connections = 16384
server.max-fds = 65536
server.listen-backlog = 4096
server.max-keep-alive-requests = 65535
server.max-keep-alive-idle = 3600
server.max-write-idle = 3600
server.stat-cache-engine = "simple"
mimetype.assign = ( "" => "application/octet-stream" )
"""


LIGHTTPD_TLS = """\
server.modules = ( "mod_openssl" )
ssl.engine = "enable"
ssl.pemfile = "{both}"
"""


def more(places, variant):
    chain, key, _ = certificate.paths(places)
    return NGINX_MORE[variant].format(chain=chain, key=key)


def nginx(variant):
    def command(places, port):
        config = places.work / f"nginx-{variant}.conf"
        config.write_text(NGINX.format(work=places.work, root=places.root, port=port,
                                       more=more(places, variant),
                                       nopush="off" if variant == "nodelay" else "on",
                                       listen=" ssl http2" if variant == "secure" else ""),
                          encoding="ascii")
        return ["/usr/sbin/nginx", "-p", places.work, "-e", "stderr", "-c", config]
    return command


def lighttpd(places, port):
    config = places.work / "lighttpd.conf"
    config.write_text(LIGHTTPD.format(root=places.root, port=port), encoding="ascii")
    return ["/usr/sbin/lighttpd", "-D", "-f", config]


def lighttpd_tls(places, port):
    command = lighttpd(places, port)
    _, _, both = certificate.paths(places)
    with open(command[-1], "a", encoding="ascii") as config:
        config.write(LIGHTTPD_TLS.format(both=both))
    return command
