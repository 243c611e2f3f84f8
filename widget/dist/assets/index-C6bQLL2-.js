const __vite__mapDeps=(i,m=__vite__mapDeps,d=(m.f||(m.f=["./watch-F773JBE1.js","./rolldown-runtime-DK3Fl9T5.js","./shape-6LYfdBxr.js","./shape-NKLYPaGt.css","./guard-Co3zemX6.js"])))=>i.map(i=>d[i]);
var e,t,n,r,i,a,o,s,c,l,u,d=Symbol.for(`pv`),f={},p=[],m=/^m(i|n|o|s|text|space)$/,h=Array.isArray,g=p.slice,_=Object.assign;function v(e){e&&e.parentNode&&e.remove()}function y(e,t,n){var r,i,a,o={},s=arguments.length;for(a in t)a==`key`?r=t[a]:a==`ref`&&typeof e!=`function`?i=t[a]:o[a]=t[a];return s>2&&(o.children=s>3?g.call(arguments,2):n),b(e,o,r,i,null)}function b(n,r,i,a,o){var s={type:n,props:r,key:i,ref:a,__k:null,__:null,__b:0,__e:null,__c:null,constructor:d,__v:o||++t,__i:-1,__u:0};return!o&&e.vnode&&e.vnode(s),s}function x(e){return e.children}function S(e,t){this.props=e,this.context=t,this.__g=0}function ee(e,t){if(t==null)return e.__&&ee(e.__,e.__i+1);for(var n;t<e.__k.length;t++)if((n=e.__k[t])&&n.__e)return n.__e;return typeof e.type!=`function`||e.props.__P?null:ee(e)}function te(t){var n,r=t.__v,i=r.__e,a=[],o=[],s=t.__P;s&&((n=_({constructor:d},r)).__v=r.__v+1,e.vnode&&e.vnode(n),le(s,n,r,t.__n,s.namespaceURI,32&r.__u?[i]:null,a,i||ee(r),32&r.__u,o),n.__v=r.__v,n.__.__k[n.__i]=n,fe(a,n,o),r.__=r.__e=null,n.__e!=i&&C(n))}function C(e){if((e=e.__)&&e.__c&&!e.props.__P)return e.__e=null,e.__k.some(function(t){return t&&(e.__e=t.__e)}),C(e)}function w(t){(8&t.__g||(t.__g|=8,r.push(t),a++))&&i==e.debounceRendering||((i=e.debounceRendering)||queueMicrotask)(T)}function T(){try{for(var e,t=1;r.length;)r.length>t&&r.sort(o),e=r.shift(),t=r.length,8&e.__g&&te(e)}finally{(a=r.length)&&(i||queueMicrotask)(T)}}function ne(e,t,n,r,i,a,o,s,c,l,u){var d,m,h,g,_,v,y=r.__k||p,b=t.length;for(c=re(n,t,y,c,b),d=0;d<b;d++)(h=n.__k[d])!=null&&(m=~h.__i&&y[h.__i]||f,h.__i=d,v=le(e,h,m,i,a,o,s,c,l,u),g=h.__e,(m.ref!=h.ref||8&m.__u)&&(m.ref&&me(m.ref,null,h,m),h.ref&&u.push(h.ref,h.__c||g,h)),_||=g,4&h.__u?(c=ie(h,c,e,!m.__v),m.__e&&(m.__e=null)):typeof h.type==`function`&&v!==void 0?c=v:g&&(c=g.nextSibling),h.__u&=-21);return n.__e=_,c}function re(e,t,n,r,i){var a,o,s,c,l,u,f,p,m,g=n.length,_=g,v=0,y=0,S=e.__k=Array(i);for(a=0;a<i;a++)(o=t[a])!=null&&typeof o!=`boolean`&&typeof o!=`function`?(typeof o!=`object`||o.constructor===String?o=S[a]=b(null,o):h(o)?o=S[a]=b(x,{children:o}):o.constructor===d&&o.__b?o=S[a]=b(o.type,o.props,o.key,o.ref,o.__v):S[a]=o,c=a+v,o.__=e,o.__b=e.__b+1,s=null,~(l=o.__i=ae(o,n,c,_))&&(_--,(s=n[l])&&(s.__u|=2)),s&&s.__v?(o.__u|=16,l==c-1?v--:l==c+1?v++:l!=c&&(l>c?v--:v++,y=1)):(~l||(i>g?v--:i<g&&v++),typeof o.type!=`function`&&(o.__u|=4))):S[a]=null;if(y){for(u=[],f=[],a=0;a<i;a++)if((o=S[a])&&16&o.__u){for(v=0,p=u.length;v<p;)u[m=v+p>>1]<o.__i?v=m+1:p=m;u[v]=o.__i,f[a]=v+1}for(v=u.length;a--;)f[a]&&(f[a]==v?v--:S[a].__u|=4)}if(_)for(a=0;a<g;a++)!(s=n[a])||2&s.__u||(s.__e==r&&(r=ee(s)),he(s,s));return r}function ie(e,t,n,r){var i,a,o,s;if(typeof e.type==`function`){if(e.props.__P)return t;if(i=e.__k)for(a=0;a<i.length;a++)i[a]&&(i[a].__=e,t=ie(i[a],t,n,!1));return t}for(t&&!t.parentNode&&(t=ee(e))&&!t.parentNode&&(t=null),o=e.__e,s=t;s&&s.nodeType==8;)s=s.nextSibling;for(o!=s&&(!r&&n.moveBefore&&o.parentNode?n.moveBefore(o,t):n.insertBefore(o,t||null)),t=o;(t&&=t.nextSibling)&&t.nodeType==8&&!t.data.startsWith(`$s`););return t}function ae(e,t,n,r){var i,a=e.key,o=e.type,s=t[n],c=s&&!(2&s.__u);if(s===null&&a==null||c&&a==s.key&&o==s.type)return n;if(r>+!!c){for(i=n-1;i>=0;i--)if((s=t[i])&&!(2&s.__u)&&a==s.key&&o==s.type)return i;for(i=n+1;i<t.length;i++)if((s=t[i])&&!(2&s.__u)&&a==s.key&&o==s.type)return i}return-1}function oe(e,t,n){n??=``,t[0]==`-`?e.setProperty(t,n):e[t]=n}function se(e,t,n,r,i){var a,o;if(t==`style`){if(typeof n==`string`)e.style.cssText=n;else{if(typeof r==`string`&&(e.style.cssText=r=``),r)for(t in r)n&&t in n||oe(e.style,t);if(n)for(t in n)r&&n[t]==r[t]||oe(e.style,t,n[t])}}else if(t[0]==`o`&&t[1]==`n`)typeof n!=`function`&&(n=null),typeof r!=`function`&&(r=null),(e.__e||={})[t]=n,n&&r||(o=u[t]||(u[t]=ce(t)),(e.__a||={})[t]=l,a=t!=(t=t.replace(c,`$1`)),(t=t.slice(2))[0]<`a`&&(t=t.toLowerCase()),n?e.addEventListener(t,o,a):e.removeEventListener(t,o,a));else{if(i==`http://www.w3.org/2000/svg`)t=t.replace(/xlink(H|:h)/,`h`).replace(/sName$/,`s`);else if(t!=`width`&&t!=`height`&&t!=`href`&&t!=`list`&&t!=`form`&&t!=`tabIndex`&&t!=`download`&&t!=`rowSpan`&&t!=`colSpan`&&t!=`role`&&t!=`popover`&&t in e)try{e[t]=n??``;return}catch{}if(typeof n==`function`)return;n==null||!1===n&&t[4]!=`-`?e.removeAttribute(t):e.setAttribute(t,t==`popover`&&n==1?``:n)}}function ce(t){return function(n){var r=this.__e;if(r){if(r=r[t],n[s]==null)n[s]=l++;else if(n[s]<this.__a[t])return;return r(e.event?e.event(n):n)}}}function le(t,n,r,i,a,o,s,c,l,u){var f,m,g,y,b,te,C,w,T,re,ie,ae,oe,se,ce,le,fe,me,_e=n.type;if(n.constructor!==d)return null;128&r.__u&&(l=32&r.__u,f=r.__c.__z)&&(n.__u|=l,m=o=[],f.nodeType==8?c=ue(f,o):o.push(f),c=o[0]||c),(f=e.__b)&&f(n);n:if(typeof _e==`function`){g=s.length;try{if(w=n.props,T=(f=_e.prototype)&&f.render,re=(f=_e.contextType)&&i[f.__c],ie=f?re?re.props.value:f.__:i,(y=r.__c)?(n.__c=y,2&y.__g&&(y.__g|=1)):(T?n.__c=y=new _e(w,ie):(n.__c=y=new S(w,ie),y.constructor=_e,y.render=ge),re&&re.sub(y),y.state||(y.state={}),y.__n=i,y.__g|=8,y.__h=[],y.__k=[]),T&&(y.__s||(y.__s=y.state),_e.getDerivedStateFromProps&&(y.__s==y.state&&(y.__s=_({},y.__s)),_(y.__s,_e.getDerivedStateFromProps(w,y.__s)))),b=y.props,te=y.state,y.__v=n,r.__c){if(w!==b&&T&&!_e.getDerivedStateFromProps&&y.componentWillReceiveProps&&y.componentWillReceiveProps(w,ie),n.__v==r.__v&&!(8&y.__g)||!(4&y.__g)&&y.shouldComponentUpdate&&!1===y.shouldComponentUpdate(w,y.__s,ie)){n.__v!=r.__v&&(y.props=w,y.state=y.__s,y.__g&=-9),n.__e=r.__e,n.__k=r.__k,n.__k.some(function(e){e&&(e.__=n)}),p.push.apply(y.__h,y.__k),y.__k=[],y.__h.length&&s.push(y),c=ee(r);break n}y.componentWillUpdate&&y.componentWillUpdate(w,y.__s,ie),T&&y.componentDidUpdate&&y.__h.push(function(){y.componentDidUpdate(b,te,C)})}else T&&!_e.getDerivedStateFromProps&&y.componentWillMount&&y.componentWillMount(),T&&y.componentDidMount&&y.__h.push(y.componentDidMount);y.context=ie,y.props=w,y.__P=t,y.__g&=-5,ae=e.__r,oe=T?25:0;do y.__g&=-9,ae&&ae(n),f=y.render(y.props,y.state=y.__s,y.context);while(8&y.__g&&++oe<25);T&&(p.push.apply(y.__h,y.__k),y.__k=[]),y.state=y.__s,y.getChildContext&&(i=_({},i,y.getChildContext())),T&&r.__c&&y.getSnapshotBeforeUpdate&&(C=y.getSnapshotBeforeUpdate(b,te)),se=f&&f.type===x&&f.key==null?f.props.children:f,w.__P&&(f=c,a=(t=w.__P).namespaceURI,l=o=null,r.props&&r.props.__P!=t&&(r.__k.some(function(e){e&&he(e,e)}),r.__k=null),c=r.__k?ee(r,0):null),c=ne(t,h(se)?se:[se],n,r,i,a,o,s,c,l,u),w.__P&&(n.__e=null,c=f),n.__u&=-161,m&&m.some(v),y.__h.length&&s.push(y),1&y.__g&&(y.__g&=-4)}catch(t){if(s.length=g,n.__v=null,l||o){if(t&&t.then){if(n.__u|=128|l,o){for(~(fe=o.indexOf(c||void 0))||(fe=o.length);(me=o[fe-1])&&me.nodeType==8;)fe--;for(;fe<o.length;fe++)if(me=o[fe]){if(o[fe]=null,ce){if(me==le)break}else{if(me.nodeType!=8)break;me.data.startsWith(`$s`)&&(le=ue(ce=me))}}}if(!ce){for(;c&&c.nodeType==8&&c.nextSibling;)c=c.nextSibling;ce=c}(f=ue(ce=n.__c.__z||(n.__c.__z=ce)))?(n.__e=ce,c=f):n.__e=c,c&&=c.nextSibling}else o&&o.some(v)}else n.__e=r.__e;n.__k||=r.__k||[],t&&t.then||de(n),e.__e(t,n,r)}}else c=n.__e=pe(r.__e,n,r,i,a,o,s,l,u,t);return(f=e.diffed)&&f(n),c}function ue(e,t){if(e&&e.nodeType==8&&e.data.startsWith(`$s`))for(var n=1;e=e.nextSibling;){if(e.nodeType==8){if(e.data.startsWith(`$s`))n++;else if(e.data.startsWith(`/$s`)&&!--n)return e}t&&t.push(e)}}function de(e){e&&(e.__c&&(e.__c.__g|=4),e.__k&&e.__k.some(de))}function fe(t,n,r){for(var i=0;i<r.length;)me(r[i++],r[i++],r[i++]);e.__c&&e.__c(n,t),t.some(function(n){try{t=n.__h,n.__h=[],t.some(function(e){e.call(n)})}catch(t){e.__e(t,n.__v)}})}function pe(t,n,r,i,a,o,s,c,l,u){var d,p,_,y,b,x,S,te,C=r.props||f,w=n.props,T=n.type;if(T==`svg`?a=`http://www.w3.org/2000/svg`:T==`math`?a=`http://www.w3.org/1998/Math/MathML`:a||=`http://www.w3.org/1999/xhtml`,o){for(d=0;d<o.length;d++)if((b=o[d])&&(T?b.localName==T:b.nodeType==3)){t=b,o[d]=null;break}}if(!t){if(te=u.ownerDocument||document,!T)return te.createTextNode(w);t=te.createElementNS(a,T,w.is?w:u),c&&=(e.__m&&e.__m(n,o),!1),o=null}if(T){if(u=T==`template`&&t.content||t,o=T==`textarea`&&w.defaultValue!=null?null:o&&g.call(u.childNodes),!c&&o)for(C={},d=0;d<t.attributes.length;d++)C[(b=t.attributes[d]).name]=b.value;for(d in C)b=C[d],d==`dangerouslySetInnerHTML`?_=b:d==`children`||d in w||d==`value`&&`defaultValue`in w||d==`checked`&&`defaultChecked`in w||se(t,d,null,b,a);for(d in w)b=w[d],d==`children`?y=b:d==`dangerouslySetInnerHTML`?p=b:d==`value`?x=b:d==`checked`?S=b:c&&typeof b!=`function`||C[d]===b||se(t,d,b,C[d],a);p?(c||_&&(p.__html==_.__html||p.__html==t.innerHTML)||(t.innerHTML=p.__html),n.__k=[]):(_&&(t.textContent=``),(T==`foreignObject`||a==`http://www.w3.org/1998/Math/MathML`&&m.test(T))&&(a=`http://www.w3.org/1999/xhtml`),ne(u,h(y)?y:[y],n,r,i,a,o,s,o?o[0]:r.__k&&ee(r,0),c,l),o&&o.some(v)),c&&T!=`textarea`||(d=`value`,T==`progress`&&x==null?t.removeAttribute(d):x==null||x===t[d]&&(T!=`progress`||x)||se(t,d,x,C[d],a),d=`checked`,S!=null&&S!=t[d]&&se(t,d,S,C[d],a))}else C===w||c&&t.data==w||(t.data=w);return t}function me(t,n,r,i){try{typeof t==`function`?n?n.__x=t(n)||1:(i&&=i.__c||i.__e)&&(n=i.__x)&&(i.__x=null,typeof n==`function`?n():t(null)):t.current=n}catch(t){e.__e(t,r)}}function he(t,n,r){var i,a,o,s;if(e.unmount&&e.unmount(t),!(i=t.ref)||i.current&&i.current!=t.__e||me(i,null,n,t),i=t.__c){if(i.componentWillUnmount)try{i.componentWillUnmount()}catch(t){e.__e(t,n)}i.__P=i.__n=null}if(i=t.__k)for(s=0;s<i.length;s++)i[s]&&he(i[s],n,typeof t.type!=`function`||r&&!t.props.__P);!r&&(i=t.__c)&&(i=i.__z)&&(a=ue(i,o=[]))&&(i==t.__e&&o.some(v),v(a),v(i)),r||v(t.__e),t.__e=t.__c=t.__=null}function ge(e,t,n){return this.constructor(e,n)}function _e(t,n){var r,i,a,o;e.__&&e.__(t,n),n.nodeType==9&&(n=n.documentElement),i=(r=t&&32&t.__u)?null:n.__k,n.__k=b(x,{children:[t]}),a=[],o=[],le(n,n.__k,i||f,f,n.namespaceURI,i?null:n.firstChild?g.call(n.childNodes):null,a,i?i.__e:n.firstChild,r,o),fe(a,n.__k,o),n.__k.props.children=null}e={__e:function(e,t,n,r){for(var i,o,s;t=t.__;)if((i=t.__c)&&!(1&i.__g)){i.__g|=4;try{if((s=(o=i.constructor)&&o.getDerivedStateFromError)&&i.setState(o.getDerivedStateFromError(e)),i.componentDidCatch&&(i.componentDidCatch(e,r||{}),s=1),s&&8&i.__g)return void(i.__g|=2)}catch(t){e=t}}throw a=0,e}},t=0,n=function(e){return e!=null&&e.constructor===d},S.prototype.setState=function(e,t){var n=this.__s;n&&n!=this.state||(n=this.__s=_({},this.state)),typeof e==`function`&&(e=e(_({},n),this.props)),e&&(_(n,e),this.__v&&(t&&this.__k.push(t),w(this)))},S.prototype.forceUpdate=function(e){this.__v&&(this.__g|=4,e&&this.__h.push(e),w(this))},S.prototype.render=x,r=[],a=0,o=function(e,t){return e.__v.__b-t.__v.__b},s=Symbol(),c=/(PointerCapture)$|Capture$/i,l=0,u={};var ve,E,ye,be,xe=Object.is,Se=0,Ce=[],we=[],D=e,Te=D.__b,Ee=D.__r,De=D.diffed,Oe=D.__c,ke=D.unmount,Ae=D.__;function je(e,t){D.__h&&D.__h(E,e,Se||t),Se=0;var n=E.__H||(E.__H={__:[],__h:[]});return e>=n.__.length&&n.__.push({}),n.__[e]}function O(e){return Se=1,Me(Ge,e)}function Me(e,t,n){var r=je(ve++,2);if(r.t=e,!r.__c&&(r.__=[n?n(t):Ge(void 0,t),function(e){var t=(r.__N||r.__)[0],n=r.t(t,e);xe(t,n)||(r.__N=[n,r.__[1]],r.__c.setState({}))}],r.__c=E,!E.__f)){E.__f=!0;var i=E.shouldComponentUpdate;E.shouldComponentUpdate=function(e,t,n){var r=this.__H;if(!r)return!0;var a=!1,o=this.props!=e;if(r.__.some(function(e){e.__N&&(a=!0,xe(e.__[0],e.__N[0])||(o=!0))}),i){var s=i.call(this,e,t,n);return a?s||o:s}return!a||o}}return r.__}function Ne(e,t){var n=je(ve++,3);!D.__s&&We(n.__H,t)&&(n.__P=!0,n.__=e,n.u=t,E.__H.__h.push(n))}function Pe(e,t){var n=je(ve++,4);!D.__s&&We(n.__H,t)&&(n.__P=!1,n.__=e,n.u=t,E.__h.push(n))}function Fe(e){return Se=5,Ie(function(){return{current:e}},[])}function Ie(e,t){var n=je(ve++,7);return We(n.__H,t)&&(n.__=e(),n.__H=t),n.__}function Le(){var e=je(ve++,11);if(!e.__){for(var t=E.__v;!t.__m&&t.__;)t=t.__;var n=t.__m||(t.__m=[0,0]);e.__=`P`+n[0]+`-`+n[1]++}return e.__}function Re(){var e;do{for(;e=we.shift();)try{He(e)}catch(t){D.__e(t,{__:(e=e.__P)&&e.__v})}for(;e=Ce.shift();){var t=e.__H;if(e.__P&&t)try{t.__h.some(He),t.__h.some(Ue),t.__h=[]}catch(n){t.__h=[],D.__e(n,e.__v)}}}while(we.length)}D.__b=function(e){E=null,Te&&Te(e)},D.__=function(e,t){e&&t.__k&&t.__k.__m&&(e.__m=t.__k.__m),Ae&&Ae(e,t)},D.__r=function(e){Ee&&Ee(e),ve=0;var t=(E=e.__c).__H;t&&(ye==E?E.__h=[]:(t.__h.some(He),t.__h.some(Ue),ve=0),t.__h=[],t.__.some(function(e){e.__N&&(e.__=e.__N),e.u=e.__N=void 0})),ye=E},D.diffed=function(e){De&&De(e);var t=e.__c;t&&t.__H&&(t.__H.__h.length&&Ve(Ce.push(t)),t.__H.__.some(function(e){e.u&&(e.__H=e.u)})),ye=E=null},D.__c=function(e,t){t.some(function(e){try{e.__h.some(He),e.__h=e.__h.filter(function(e){return!e.__||Ue(e)})}catch(t){e.__h=[function(){throw t}]}}),Oe&&Oe(e,t)},D.unmount=function(e){ke&&ke(e);var t,n,r=e.__c;r&&r.__H&&(r.__H.__.some(function(r){try{if(r.__P&&r.__c){if(n===void 0){for(n=e.__;n&&(!n.__c||!n.__c.__P);)n=n.__;n&&=n.__c}r.__P=n,Ve(we.push(r))}else He(r)}catch(e){t=e}}),r.__H=void 0,t&&D.__e(t,r.__v))};var ze=typeof requestAnimationFrame==`function`;function Be(e){var t,n=function(){clearTimeout(r),ze&&cancelAnimationFrame(t),setTimeout(e)},r=setTimeout(n,35);ze&&(t=requestAnimationFrame(n))}function Ve(e){e!=1&&be==D.requestAnimationFrame||((be=D.requestAnimationFrame)||Be)(Re)}function He(e){var t=E,n=e.__c;typeof n==`function`&&(e.__c=void 0,n()),E=t}function Ue(e){var t=E;e.__c=e.__(),E=t}function We(e,t){return!e||e.length!=t.length||t.some(function(t,n){return!xe(t,e[n])})}function Ge(e,t){return typeof t==`function`?t(e):t}var Ke=Symbol.for(`preact-signals`);function qe(){if(Qe>1)Qe--;else{var e,t=!1;for((function(){var e=nt;for(nt=void 0;e!==void 0;){var t=e.S;if(t.v===e.v)for(var n=t.t;n!==void 0;n=n.x)n.i===e.i&&(n.i=t.i);e=e.o}})();Ze!==void 0;){var n=Ze;for(Ze=void 0,$e++;n!==void 0;){var r=n.u;if(n.u=void 0,n.f&=-3,!(8&n.f)&&at(n))try{n.c()}catch(n){t||=(e=n,!0)}n=r}}if($e=0,Qe--,t)throw e}}function Je(e){if(Qe>0)return e();tt=++et,Qe++;try{return e()}finally{qe()}}var Ye,k=void 0;function Xe(e){var t=k,n=Ye;k=void 0,Ye=void 0;try{return e()}finally{k=t,Ye=n}}var Ze=void 0,Qe=0,$e=0,et=0,tt=0,nt=void 0,rt=0;function it(e){if(k!==void 0){var t=e.n;if(t===void 0||t.t!==k)return t={i:0,S:e,p:k.s,n:void 0,t:k,e:void 0,x:void 0,r:t},k.s!==void 0&&(k.s.n=t),k.s=t,e.n=t,32&k.f&&e.S(t),t;if(t.i===-1)return t.i=0,t.n!==void 0&&(t.n.p=t.p,t.p!==void 0&&(t.p.n=t.n),t.p=k.s,t.n=void 0,k.s.n=t,k.s=t),t}}function A(e,t){this.v=e,this.i=0,this.n=void 0,this.t=void 0,this.l=0,this.W=t?.watched,this.Z=t?.unwatched,this.name=t?.name}A.prototype.brand=Ke,A.prototype.h=function(){return!0},A.prototype.S=function(e){var t=this,n=this.t;n!==e&&e.e===void 0&&(e.x=n,this.t=e,n===void 0?Xe(function(){var e;(e=t.W)==null||e.call(t)}):n.e=e)},A.prototype.U=function(e){var t=this;if(this.t!==void 0){var n=e.e,r=e.x;n!==void 0&&(n.x=r,e.e=void 0),r!==void 0&&(r.e=n,e.x=void 0),e===this.t&&(this.t=r,r===void 0&&Xe(function(){var e;(e=t.Z)==null||e.call(t)}))}},A.prototype.subscribe=function(e){var t=this;return mt(function(){var n=t.value;Xe(function(){return e(n)})},{name:`sub`})},A.prototype.valueOf=function(){return this.value},A.prototype.toString=function(){return this.value+``},A.prototype.toJSON=function(){return this.value},A.prototype.peek=function(){var e=this;return Xe(function(){return e.value})},Object.defineProperty(A.prototype,"value",{get:function(){var e=it(this);return e!==void 0&&(e.i=this.i),this.v},set:function(e){if(e!==this.v){if($e>100)throw Error(`Cycle detected`);(function(e){Qe!==0&&$e===0&&e.l!==tt&&(e.l=tt,nt={S:e,v:e.v,i:e.i,o:nt})})(this),this.v=e,this.i++,rt++,Qe++;try{for(var t=this.t;t!==void 0;t=t.x)t.t.N()}finally{qe()}}}});function j(e,t){return new A(e,t)}function at(e){for(var t=e.s;t!==void 0;t=t.n)if(t.S.i!==t.i||!t.S.h()||t.S.i!==t.i)return!0;return!1}function ot(e){for(var t=e.s;t!==void 0;t=t.n){var n=t.S.n;if(n!==void 0&&(t.r=n),t.S.n=t,t.i=-1,t.n===void 0){e.s=t;break}}}function st(e){for(var t=e.s,n=void 0;t!==void 0;){var r=t.p;t.i===-1?(t.S.U(t),r!==void 0&&(r.n=t.n),t.n!==void 0&&(t.n.p=r)):n=t,t.S.n=t.r,t.r!==void 0&&(t.r=void 0),t=r}e.s=n}function ct(e,t){A.call(this,void 0,t),this.x=e,this.s=void 0,this.g=rt-1,this.f=4}ct.prototype=new A,ct.prototype.h=function(){if(this.f&=-3,1&this.f)return!1;if((36&this.f)==32||(this.f&=-5,this.g===rt))return!0;if(this.g=rt,this.f|=1,this.i>0&&!at(this))return this.f&=-2,!0;var e=k;try{ot(this),k=this;var t=this.x();(16&this.f||this.v!==t||this.i===0)&&(this.v=t,this.f&=-17,this.i++)}catch(e){this.v=e,this.f|=16,this.i++}return k=e,st(this),this.f&=-2,!0},ct.prototype.S=function(e){if(this.t===void 0){this.f|=36;for(var t=this.s;t!==void 0;t=t.n)t.S.S(t)}A.prototype.S.call(this,e)},ct.prototype.U=function(e){if(this.t!==void 0&&(A.prototype.U.call(this,e),this.t===void 0)){this.f&=-33;for(var t=this.s;t!==void 0;t=t.n)t.S.U(t)}},ct.prototype.N=function(){if(!(2&this.f)){this.f|=6;for(var e=this.t;e!==void 0;e=e.x)e.t.N()}},Object.defineProperty(ct.prototype,"value",{get:function(){if(1&this.f)throw Error(`Cycle detected`);var e=it(this);if(this.h(),e!==void 0&&(e.i=this.i),16&this.f)throw this.v;return this.v}});function lt(e,t){return new ct(e,t)}function ut(e){var t=e.j;if(e.j=void 0,typeof t==`function`){Qe++;var n=k;k=void 0;try{t()}catch(t){throw e.f&=-2,e.f|=8,dt(e),t}finally{k=n,qe()}}}function dt(e){for(var t=e.s;t!==void 0;t=t.n)t.S.U(t);e.x=void 0,e.s=void 0,ut(e)}function ft(e){if(k!==this)throw Error(`Out-of-order effect`);st(this),k=e,this.f&=-2;try{8&this.f&&dt(this)}finally{qe()}}function pt(e,t){this.x=e,this.j=void 0,this.s=void 0,this.u=void 0,this.f=32,this.name=t?.name,Ye&&Ye.push(this)}pt.prototype.c=function(){var e=this.S();try{if(8&this.f||this.x===void 0)return;var t=this.x();typeof t==`function`&&(this.j=t)}finally{e()}},pt.prototype.S=function(){if(1&this.f)throw Error(`Cycle detected`);this.f|=1,this.f&=-9,ut(this),ot(this),Qe++;var e=k;return k=this,ft.bind(this,e)},pt.prototype.N=function(){2&this.f||(this.f|=2,this.u=Ze,Ze=this)},pt.prototype.d=function(){this.f|=8,1&this.f||dt(this)},pt.prototype.dispose=function(){this.d()};function mt(e,t){var n=new pt(e,t);try{n.c()}catch(e){throw n.d(),e}var r=n.d.bind(n);return r[Symbol.dispose]=r,r}var ht,gt,_t=typeof window<`u`&&!!window.__PREACT_SIGNALS_DEVTOOLS__,vt=[];mt(function(){ht=this.N})();function yt(t,n){e[t]=n.bind(null,e[t]||function(){})}function bt(e){if(gt){var t=gt;gt=void 0,t()}gt=e&&e.S()}function xt(e){var t=this,r=e.data,i=Ct(r);i.name=`ReactiveDom`,i.value=r;var a=Ie(function(){for(var e=t,r=t.__v;r=r.__;)if(r.__c){r.__c.__$f|=4;break}var a=lt(function(){var e=i.value.value;return e===0?0:!0===e?``:e||``}),o=lt(function(){return!Array.isArray(a.value)&&!n(a.value)}),s=mt(function(){if(this.N=Et,o.value){var t=a.value;e.__v&&e.__v.__e&&e.__v.__e.nodeType===3&&(e.__v.__e.data=t)}}),c=t.__$u.d;return t.__$u.d=function(){s(),c.call(this)},[o,a]},[]),o=a[0],s=a[1];return o.value?s.peek():s.value}xt.displayName=`ReactiveTextNode`,Object.defineProperties(A.prototype,{constructor:{configurable:!0,value:y(x,null).constructor},type:{configurable:!0,value:xt},props:{configurable:!0,get:function(){var e=this;return{data:{get value(){return e.value}}}}},__b:{configurable:!0,value:1}}),yt(`__b`,function(e,t){if(bt(),typeof t.type==`string`){var n,r=t.props;for(var i in r)if(i!==`children`){var a=r[i];a instanceof A&&(n||(t.__np=n={}),n[i]=a,r[i]=a.peek())}}e(t)}),yt(`__r`,function(e,t){if(e(t),t.type!==x){bt();var n,r=t.__c;r&&(r.__$f&=-2,(n=r.__$u)===void 0&&(r.__$u=n=function(e,t){var n;return mt(function(){n=this},{name:t}),n.c=e,n}(function(e){return function(){var t;_t&&((t=this.y)==null||t.call(this)),e.__$f|=1,e.setState({})}}(r),typeof t.type==`function`?t.type.displayName||t.type.name:``))),bt(n)}}),yt(`__e`,function(e,t,n,r){bt(),e(t,n,r)}),yt(`diffed`,function(e,t){bt();var n;if(typeof t.type==`string`&&(n=t.__e)){var r=t.__np,i=t.props,a=n.U;if(a)for(var o in a){var s=a[o];s===void 0||r&&o in r||(s.d(),a[o]=void 0)}if(r)for(var c in a||(a={},n.U=a),r){var l=a[c],u=r[c];l===void 0?(l=St(n,c,u,i),a[c]=l):l.o(u,i)}}e(t)});function St(e,t,n,r){var i=t in e&&e.ownerSVGElement===void 0,a=j(n);return{o:function(e,t){a.value=e,r=t},d:mt(function(){this.N=Et;var n=a.value.value;r[t]!==n&&(r[t]=n,i?e[t]=n:n!=null&&(!1!==n||t[4]===`-`)?e.setAttribute(t,n):e.removeAttribute(t))})}}yt(`unmount`,function(e,t){if(typeof t.type==`string`){var n=t.__e;if(n){var r=n.U;if(r)for(var i in n.U=void 0,r){var a=r[i];a&&a.d()}}var o=t.__np;if(o){var s=t.props;for(var c in o)s[c]=o[c]}t.__np=void 0}else{var l=t.__c;if(l){l.__$f|=8;var u=l.__$u;u&&(l.__$u=void 0,u.d())}}e(t)}),yt(`__h`,function(e,t,n,r){r<3&&(t.__$f|=2),e(t,n,r)}),S.prototype.shouldComponentUpdate=function(e,t){if(this.__R)return!0;var n=this.__$u,r=n&&n.s!==void 0;for(var i in t)return!0;if(this.__f||typeof this.u==`boolean`&&!0===this.u){var a=2&this.__$f;if(!(r||a||4&this.__$f)||1&this.__$f)return!0}else if(!(r||4&this.__$f)||3&this.__$f)return!0;for(var o in e)if(o!==`__source`&&e[o]!==this.props[o])return!0;for(var s in this.props)if(!(s in e))return!0;return!1};function Ct(e,t){return Ie(function(){return j(e,t)},[])}var wt=function(e){queueMicrotask(function(){queueMicrotask(e)})};function Tt(){Je(function(){for(var e;e=vt.shift();)ht.call(e)})}function Et(){vt.push(this)===1&&(e.requestAnimationFrame||wt)(Tt)}var Dt=j(0),Ot=j(Date.now());function kt(){let e=()=>{Ot.value=Date.now()+Dt.value};setInterval(e,15e3),document.addEventListener(`visibilitychange`,e)}function At(e){let t=e.getTime()-Date.now();Dt.value=Math.abs(t)<2e3?0:t,Ot.value=Date.now()+Dt.value}var jt={},Mt=[`en`,`ar`],Nt=`PARAGLIDE_LOCALE`,Pt=[`globalVariable`,`baseLocale`],Ft=[],It=typeof window>`u`;globalThis.__paraglide=globalThis.__paraglide??{},globalThis.__paraglide.ssr=globalThis.__paraglide.ssr??{};var Lt,Rt=!1,zt=()=>{let e=Pt;!It&&typeof window<`u`&&window.location?.href&&(e=$t(window.location.href));let t=Bt(e,typeof window<`u`?window.location?.href:void 0);if(t)return Rt||(Lt=t,Rt=!0,Ut(t,{reload:!1})),t;throw Error(`No locale found. Read the docs https://paraglidejs.com/errors#no-locale-found`)};function Bt(e,t){let n;for(let t of e){if(t===`baseLocale`)n=`en`;else if(t===`globalVariable`&&Lt!==void 0)n=Lt;else if(tn(t)&&en.has(t)){let e=en.get(t);if(e){let t=e.getLocale();if(t instanceof Promise)continue;if(t!==void 0)return Kt(t)}}let e=Gt(n);if(e)return e}}var Vt=e=>{zt=e},Ht=e=>{e?window.location.href=e:window.location.reload()},Ut=(e,t)=>{let n={reload:!0,...t},r;try{r=zt()}catch{}let i=[],a=Pt;!It&&typeof window<`u`&&window.location?.href&&(a=$t(window.location.href));for(let t of a)if(t===`globalVariable`)Lt=e;else if(t===`baseLocale`)continue;else if(tn(t)&&en.has(t)){let n=en.get(t);if(n){let r=n.setLocale(e);r instanceof Promise&&(r=r.catch(e=>{throw Error(`Custom strategy "${t}" setLocale failed.`,{cause:e})}),i.push(r))}}let o=()=>{!It&&n.reload&&window.location&&e!==r&&Ht(void 0)};if(i.length)return Promise.all(i).then(()=>{o()});o()},Wt=()=>typeof window<`u`?window.location.origin:`http://fallback.com`;function Gt(e){if(typeof e!=`string`)return;let t=e.toLowerCase();for(let e of Mt)if(e.toLowerCase()===t)return e}function Kt(e){let t=Gt(e);if(t)return t;throw Error(`Invalid locale: ${e}. Expected one of: ${Mt.join(`, `)}`)}var qt=Nt.replace(/[.*+?^${}()|[\]\\]/g,`\\$&`);RegExp(`(?:^|;\\s*)${qt}=([^;]*)`);function Jt(e){return Yt(e)}function Yt(e){let t=typeof e==`string`?new URL(e,Wt()):new URL(e),n=t.pathname.split(`/`).filter(Boolean);return n.length>0&&Gt(n[0])&&(t.pathname=`/`+n.slice(1).join(`/`)),t}var Xt,Zt;function Qt(e){if(Ft.length===0)return;let t=typeof e==`string`?e:e.href;if(Xt===t)return Zt;let n=new URL(t,`http://example.com`),r=Jt(n),i=r.href===n.href?[n]:[n,r],a;for(let e of i){for(let t of Ft)if(new jt(t.match,e.href).exec(e.href)){a=t;break}if(a)break}return Xt=t,Zt=a,a}function $t(e){let t=Qt(e);return t&&t.exclude!==!0&&Array.isArray(t.strategy)?t.strategy:Pt}var en=new Map;function tn(e){return typeof e==`string`&&/^custom-[A-Za-z0-9_-]+$/.test(e)}var nn=`sigma-sync:`;function rn(e){try{return localStorage.getItem(nn+e)}catch{return null}}function an(e,t){try{localStorage.setItem(nn+e,t)}catch{}}function on(e,t,n){return t.find(t=>t===e)??n}function sn(){return navigator.languages.some(e=>e.toLowerCase().startsWith(`ar`))&&!navigator.languages[0]?.toLowerCase().startsWith(`en`)?`ar`:`en`}var cn=rn(`language`)!==null,M=j(on(rn(`language`),[`en`,`ar`],sn())),ln=j(on(rn(`digits`),[`auto`,`latn`,`arab`],`auto`)),un=j(on(rn(`theme`),[`auto`,`light`,`dark`],`auto`)),dn=j(void 0),fn=lt(()=>M.value===`en`?`en-GB`:navigator.languages.find(e=>/^ar-/i.test(e))??`ar`),pn=lt(()=>{let e=fn.value.split(`-u-`)[0]??fn.value;return ln.value===`auto`?e:`${e}-u-nu-${ln.value}`});Vt(()=>M.value);function mn(){mt(()=>{let e=document.documentElement;e.lang=M.value,e.dir=M.value===`ar`?`rtl`:`ltr`,e.dataset.theme=un.value,an(`language`,M.value),an(`digits`,ln.value),an(`theme`,un.value)})}var hn=new Map;function gn(e){let t=pn.value+JSON.stringify(e),n=hn.get(t);return n||(n=new Intl.NumberFormat(pn.value,e),hn.set(t,n)),n}function _n(e){return`\u2068${e}\u2069`}function vn(e){return gn({}).format(e)}function yn(e){return gn({notation:`compact`,maximumFractionDigits:1}).format(e)}function bn(e){return _n(gn({style:`percent`,maximumFractionDigits:+(e<.1)}).format(e))}function xn(e){if(e)return e instanceof Date?e:new Date(Number(e.seconds)*1e3+Math.floor(e.nanos/1e6))}function Sn(e){return new Intl.DateTimeFormat(pn.value,{...e,timeZone:dn.value,calendar:`gregory`})}function Cn(e){let t=xn(e);return t?Sn({dateStyle:`full`,timeStyle:`long`}).format(t):``}function wn(e){let t=xn(e);return t?Sn({dateStyle:`medium`}).format(t):``}function Tn(e){let t=xn(e);return t?Sn({timeStyle:`short`}).format(t):``}function En(e){let t=xn(e);return t?Sn({timeStyle:`medium`}).format(t):``}function Dn(e){let t=xn(e);return t?Sn({dateStyle:`medium`,timeStyle:`short`}).format(t):``}var On=[[`year`,31557600],[`month`,2629800],[`week`,604800],[`day`,86400],[`hour`,3600],[`minute`,60],[`second`,1]];function kn(e,t){let n=xn(e);if(!n)return``;let r=Math.round((n.getTime()-t)/1e3),[i,a]=On.find(([,e])=>Math.abs(r)>=e)??[`second`,1];return new Intl.RelativeTimeFormat(pn.value,{numeric:`auto`}).format(Math.trunc(r/a),i)}function An(e){return(e<1e3?[[Math.round(e),`millisecond`]]:e<6e4?[[Math.round(e/100)/10,`second`]]:e<36e5?[[Math.floor(e/6e4),`minute`],[Math.floor(e%6e4/1e3),`second`]]:[[Math.floor(e/36e5),`hour`],[Math.floor(e%36e5/6e4),`minute`]]).filter(([e],t)=>t===0||e>0).map(([e,t])=>gn({style:`unit`,unit:t,unitDisplay:`short`}).format(e)).join(` `)}function jn(e,t){let n=xn(e),r=xn(t);return n&&r?r.getTime()-n.getTime():void 0}function Mn(e,t=`conjunction`){return new Intl.ListFormat(pn.value,{type:t}).format(e)}var Nn,Pn=j(void 0),N=j(`none`),Fn=lt(()=>{let e=xn(Pn.value?.expiresAt);return e&&N.value===`open`?Math.max(0,(e.getTime()-Ot.value)/1e3):void 0});function In(){return Nn}function Ln(e,t){Nn=t,Pn.value=e,N.value=`open`}function Rn(){N.peek()===`open`&&(Nn=void 0,N.value=`ended`)}function zn(){let e=/^#code=([A-Za-z0-9_-]{8,200})(?:&to=([^&]*))?$/.exec(location.hash);if(!e)return;let t=e[2]?decodeURIComponent(e[2]):`/overview`;return history.replaceState(null,``,`${location.pathname}${location.search}#${t.startsWith(`/`)?t:`/overview`}`),e[1]}var Bn;function Vn(e){Bn=e}async function Hn(){let e=await Bn?.().catch(()=>void 0);return e?(Ln(e.session,e.token),!0):!1}function Un(){let e=0,t=async()=>{let t=Pn.peek(),n=xn(t?.createdAt)?.getTime(),r=xn(t?.expiresAt)?.getTime();if(N.peek()!==`open`||n===void 0||r===void 0)return;let i=(Ot.peek()-n)/(r-n);if(i>=1)return Rn();let a=i>=.9?2:+(i>=.8);a>e&&(e=a,await Hn()&&(e=0))};Ot.subscribe(()=>void t())}var Wn=`sigma-sync:draft:`,Gn=new Map;function Kn(e){try{let t=sessionStorage.getItem(Wn+e);return t===null?void 0:JSON.parse(t)}catch{return}}function qn(e,t){try{t===void 0?sessionStorage.removeItem(Wn+e):sessionStorage.setItem(Wn+e,JSON.stringify(t))}catch{}}function Jn(e,t=[]){let n=Gn.get(e);n||(n=j(Kn(e)),Gn.set(e,n));let r=n;return{value:r.value,set(n){r.value=n,qn(e,Object.fromEntries(Object.entries(n).filter(([e])=>!t.includes(e))))},discard(){r.value=void 0,qn(e,void 0)}}}function Yn(){return[...Gn.values()].some(e=>e.peek()!==void 0)}function Xn(e){return(Gn.get(e)?.value??Kn(e))!==void 0}function Zn(e){let t=!1,n=[];for(let r=0;r<e.length;r++){let i=e.charAt(r);switch(i){case`_`:t=!0;break;case`0`:case`1`:case`2`:case`3`:case`4`:case`5`:case`6`:case`7`:case`8`:case`9`:n.push(i),t=!1;break;default:t&&(t=!1,i=i.toUpperCase()),n.push(i)}}return n.join(``)}function Qn(e){return e.replace(/[A-Z]/g,e=>`_`+e.toLowerCase())}var $n=new Set([`constructor`,`toString`,`toJSON`,`valueOf`]);function er(e){return $n.has(e)?e+`$`:e}function tr(){let e=this.buf,t=this.pos,n=0,r=0;for(let i=0;i<28;i+=7){let a=e[t++];if(n|=(a&127)<<i,!(a&128)){this.pos=t,this.assertBounds(),this.varint64Lo=n,this.varint64Hi=r;return}}let i=e[t++];if(n|=(i&15)<<28,r=(i&112)>>4,!(i&128))this.pos=t,this.assertBounds(),this.varint64Lo=n,this.varint64Hi=r;else{for(let i=3;i<=31;i+=7){let a=e[t++];if(r|=(a&127)<<i,!(a&128)){this.pos=t,this.assertBounds(),this.varint64Lo=n,this.varint64Hi=r;return}}throw Error(`invalid varint`)}}var nr=4294967296;function rr(e){let t=e[0]===`-`;t&&(e=e.slice(1));let n=1e6,r=0,i=0;function a(t,a){let o=Number(e.slice(t,a));i*=n,r=r*n+o,r>=nr&&(i+=r/nr|0,r%=nr)}return a(-24,-18),a(-18,-12),a(-12,-6),a(-6),t?cr(r,i):sr(r,i)}function ir(e,t){let n=sr(e,t),r=n.hi&2147483648;r&&(n=cr(n.lo,n.hi));let i=ar(n.lo,n.hi);return r?`-`+i:i}function ar(e,t){if({lo:e,hi:t}=or(e,t),t<=2097151)return String(nr*t+e);let n=e&16777215,r=(e>>>24|t<<8)&16777215,i=t>>16&65535,a=n+r*6777216+i*6710656,o=r+i*8147497,s=i*2,c=1e7;return a>=c&&(o+=Math.floor(a/c),a%=c),o>=c&&(s+=Math.floor(o/c),o%=c),s.toString()+lr(o)+lr(a)}function or(e,t){return{lo:e>>>0,hi:t>>>0}}function sr(e,t){return{lo:e|0,hi:t|0}}function cr(e,t){return t=~t,e?e=~e+1:t+=1,sr(e,t)}var lr=e=>{let t=String(e);return`0000000`.slice(t.length)+t};function ur(e,t){if(e>>>0<128)t.push(e);else if(e>=0){for(;e>127;)t.push(e&127|128),e>>>=7;t.push(e)}else{for(let n=0;n<9;n++)t.push(e&127|128),e>>=7;t.push(1)}}function dr(){let e=this.buf[this.pos++];if(!(e&128))return this.assertBounds(),e;let t=e&127;if(e=this.buf[this.pos++],t|=(e&127)<<7,!(e&128)||(e=this.buf[this.pos++],t|=(e&127)<<14,!(e&128))||(e=this.buf[this.pos++],t|=(e&127)<<21,!(e&128)))return this.assertBounds(),t;e=this.buf[this.pos++],t|=(e&15)<<28;for(let t=5;e&128&&t<10;t++)e=this.buf[this.pos++];if(e&128)throw Error(`invalid varint`);return this.assertBounds(),t>>>0}var P=fr();function fr(){let e=new DataView(new ArrayBuffer(8));if(typeof BigInt==`function`&&typeof e.getBigInt64==`function`&&typeof e.getBigUint64==`function`&&typeof e.setBigInt64==`function`&&typeof e.setBigUint64==`function`&&(globalThis.Deno||globalThis.Bun||typeof process!=`object`||{}.BUF_BIGINT_DISABLE!==`1`)){let t=BigInt(`-9223372036854775808`),n=BigInt(`9223372036854775807`),r=BigInt(`0`),i=BigInt(`18446744073709551615`);return{zero:BigInt(0),supported:!0,parse(e){let r=typeof e==`bigint`?e:BigInt(e);if(r>n||r<t)throw Error(`invalid int64: ${e}`);return r},uParse(e){let t=typeof e==`bigint`?e:BigInt(e);if(t>i||t<r)throw Error(`invalid uint64: ${e}`);return t},enc(t){return e.setBigInt64(0,this.parse(t),!0),{lo:e.getInt32(0,!0),hi:e.getInt32(4,!0)}},uEnc(t){return e.setBigInt64(0,this.uParse(t),!0),{lo:e.getInt32(0,!0),hi:e.getInt32(4,!0)}},dec(t,n){return e.setInt32(0,t,!0),e.setInt32(4,n,!0),e.getBigInt64(0,!0)},uDec(t,n){return e.setInt32(0,t,!0),e.setInt32(4,n,!0),e.getBigUint64(0,!0)}}}return{zero:`0`,supported:!1,parse(e){return typeof e!=`string`&&(e=e.toString()),pr(e),e},uParse(e){return typeof e!=`string`&&(e=e.toString()),mr(e),e},enc(e){return typeof e!=`string`&&(e=e.toString()),pr(e),rr(e)},uEnc(e){return typeof e!=`string`&&(e=e.toString()),mr(e),rr(e)},dec(e,t){return ir(e,t)},uDec(e,t){return ar(e,t)}}}function pr(e){if(!/^-?[0-9]+$/.test(e))throw Error(`invalid int64: `+e)}function mr(e){if(!/^[0-9]+$/.test(e))throw Error(`invalid uint64: `+e)}var F;(function(e){e[e.DOUBLE=1]=`DOUBLE`,e[e.FLOAT=2]=`FLOAT`,e[e.INT64=3]=`INT64`,e[e.UINT64=4]=`UINT64`,e[e.INT32=5]=`INT32`,e[e.FIXED64=6]=`FIXED64`,e[e.FIXED32=7]=`FIXED32`,e[e.BOOL=8]=`BOOL`,e[e.STRING=9]=`STRING`,e[e.BYTES=12]=`BYTES`,e[e.UINT32=13]=`UINT32`,e[e.SFIXED32=15]=`SFIXED32`,e[e.SFIXED64=16]=`SFIXED64`,e[e.SINT32=17]=`SINT32`,e[e.SINT64=18]=`SINT64`})(F||={});function hr(e,t){switch(e){case F.STRING:return``;case F.BOOL:return!1;case F.DOUBLE:case F.FLOAT:return 0;case F.INT64:case F.UINT64:case F.SFIXED64:case F.FIXED64:case F.SINT64:return t?`0`:P.zero;case F.BYTES:return new Uint8Array;default:return 0}}function gr(e,t){switch(e){case F.BOOL:return t===!1;case F.STRING:return t===``;case F.BYTES:return t instanceof Uint8Array&&!t.byteLength;case F.DOUBLE:case F.FLOAT:return Object.is(t,0);default:return t==0}}var _r=2,I=Symbol.for(`reflect unsafe local`);function vr(e,t){let n=e[t.localName].case;return n===void 0?n:t.fields.find(e=>e.localName===n)}function yr(e,t){let n=t.localName;if(t.oneof)return e[t.oneof.localName].case===n;if(t.presence!=_r)return e[n]!==void 0&&Object.prototype.hasOwnProperty.call(e,n);switch(t.fieldKind){case`list`:return e[n].length>0;case`map`:return Object.keys(e[n]).length>0;case`scalar`:return!gr(t.scalar,e[n]);case`enum`:return e[n]!==t.enum.values[0].number}throw Error(`message field with implicit presence`)}function br(e,t){return Object.prototype.hasOwnProperty.call(e,t)&&e[t]!==void 0}function xr(e,t){if(t.oneof){let n=e[t.oneof.localName];return n.case===t.localName?n.value:void 0}return e[t.localName]}function Sr(e,t,n){t.oneof?e[t.oneof.localName]={case:t.localName,value:n}:e[t.localName]=n}function Cr(e,t,n){t===`__proto__`?Object.defineProperty(e,"__proto__",{value:n,writable:!0,enumerable:!0,configurable:!0}):e[t]=n}function wr(e,t){return Object.prototype.hasOwnProperty.call(e,t)?e[t]:void 0}function Tr(e,t){let n=t.localName;if(t.oneof){let r=t.oneof.localName;e[r].case===n&&(e[r]={case:void 0})}else if(t.presence!=_r)delete e[n];else switch(t.fieldKind){case`map`:e[n]={};break;case`list`:e[n]=[];break;case`enum`:e[n]=t.enum.values[0].number;break;case`scalar`:e[n]=hr(t.scalar,t.longAsString)}}function Er(e){for(let t of e.field)br(t,`jsonName`)||(t.jsonName=Zn(t.name));e.nestedType.forEach(Er)}function Dr(e,t){let n=e.values.find(e=>e.name===t);if(!n)throw Error(`cannot parse ${e} default value: ${t}`);return n.number}function Or(e,t){switch(e){case F.STRING:return t;case F.BYTES:{let n=kr(t);if(n===!1)throw Error(`cannot parse ${F[e]} default value: ${t}`);return n}case F.INT64:case F.SFIXED64:case F.SINT64:return P.parse(t);case F.UINT64:case F.FIXED64:return P.uParse(t);case F.DOUBLE:case F.FLOAT:switch(t){case`inf`:return 1/0;case`-inf`:return-1/0;case`nan`:return NaN;default:return parseFloat(t)}case F.BOOL:return t===`true`;case F.INT32:case F.UINT32:case F.SINT32:case F.FIXED32:case F.SFIXED32:return parseInt(t,10)}}function kr(e){let t=[],n={tail:e,c:``,next(){return this.tail.length!=0&&(this.c=this.tail[0],this.tail=this.tail.substring(1),!0)},take(e){if(this.tail.length>=e){let t=this.tail.substring(0,e);return this.tail=this.tail.substring(e),t}return!1}};for(;n.next();)switch(n.c){case`\\`:if(n.next())switch(n.c){case`\\`:t.push(n.c.charCodeAt(0));break;case`b`:t.push(8);break;case`f`:t.push(12);break;case`n`:t.push(10);break;case`r`:t.push(13);break;case`t`:t.push(9);break;case`v`:t.push(11);break;case`0`:case`1`:case`2`:case`3`:case`4`:case`5`:case`6`:case`7`:{let e=n.c,r=n.take(2);if(r===!1)return!1;let i=parseInt(e+r,8);if(Number.isNaN(i))return!1;t.push(i);break}case`x`:{let e=n.c,r=n.take(2);if(r===!1)return!1;let i=parseInt(e+r,16);if(Number.isNaN(i))return!1;t.push(i);break}case`u`:{let e=n.c,r=n.take(4);if(r===!1)return!1;let i=parseInt(e+r,16);if(Number.isNaN(i))return!1;let a=new Uint8Array(4);new DataView(a.buffer).setInt32(0,i,!0),t.push(a[0],a[1],a[2],a[3]);break}case`U`:{let e=n.c,r=n.take(8);if(r===!1)return!1;let i=P.uEnc(e+r),a=new Uint8Array(8),o=new DataView(a.buffer);o.setInt32(0,i.lo,!0),o.setInt32(4,i.hi,!0),t.push(a[0],a[1],a[2],a[3],a[4],a[5],a[6],a[7]);break}}break;default:t.push(n.c.charCodeAt(0))}return new Uint8Array(t)}function*Ar(e){switch(e.kind){case`file`:for(let t of e.messages)yield t,yield*Ar(t);yield*e.enums,yield*e.services,yield*e.extensions;break;case`message`:for(let t of e.nestedMessages)yield t,yield*Ar(t);yield*e.nestedEnums,yield*e.nestedExtensions}}var jr;function Mr(e){jr=Object.assign(Object.assign({},e),{encodeUtf8Into:e.encodeUtf8Into??Pr(e.encodeUtf8.bind(e))})}function Nr(){if(!jr){let e=globalThis;if(!e.TextEncoder||!e.TextDecoder)throw Error(`encoding API missing: install TextEncoder and TextDecoder on globalThis`);let t=new e.TextEncoder,n=new e.TextDecoder(`utf-8`,{ignoreBOM:!0}),r,i={encodeUtf8(e){return t.encode(e)},decodeUtf8(t,i){return i?(r||=new e.TextDecoder(`utf-8`,{fatal:!0,ignoreBOM:!0}),r.decode(t)):n.decode(t)},checkUtf8(e){try{return!0}catch{return!1}}};t.encodeInto&&(i.encodeUtf8Into=t.encodeInto.bind(t));let a=String.prototype.isWellFormed;a&&(i.checkUtf8=e=>a.call(e)),Mr(i)}return jr}function Pr(e){return(t,n)=>{let r=e(t);return n.set(r),{written:r.byteLength}}}var L;(function(e){e[e.Varint=0]=`Varint`,e[e.Bit64=1]=`Bit64`,e[e.LengthDelimited=2]=`LengthDelimited`,e[e.StartGroup=3]=`StartGroup`,e[e.EndGroup=4]=`EndGroup`,e[e.Bit32=5]=`Bit32`})(L||={});var Fr=class{constructor(e){this.stackPos=[],this.encodeUtf8Into=e?Pr(e):Nr().encodeUtf8Into,this.buffer=Rr,this.viewCache=zr,this.pos=0}ensureCapacity(e){let t=this.pos+e;if(t>this.buffer.length){let e=this.buffer.length||Ir;for(;e<t;)e*=2;let n=new Uint8Array(e);this.pos>0&&n.set(this.buffer),this.buffer=n}}view(){let e=this.buffer,t=this.viewCache;if(t.byteLength===e.byteLength)return t;let n=new DataView(e.buffer);return this.viewCache=n,n}finish(){let e=this.buffer.slice(0,this.pos);return this.pos=0,this.stackPos=[],e}fork(){return this.stackPos.push(this.pos),this.ensureCapacity(Lr),this.buffer[this.pos++]=0,this}join(){let e=this.stackPos.pop();if(e===void 0)throw Error(`invalid state, fork stack empty`);let t=this.pos-e-Lr,n=Vr(t);return n>Lr&&(this.ensureCapacity(n-Lr),this.buffer.copyWithin(e+n,e+Lr,this.pos)),this.pos=e,this.uint32(t),this.pos+=t,this}tag(e,t){return this.uint32((e<<3|t)>>>0)}raw(e){return this.ensureCapacity(e.length),this.buffer.set(e,this.pos),this.pos+=e.length,this}uint32(e){if(Wr(e),this.ensureCapacity(5),e<128)return this.buffer[this.pos++]=e,this;for(;e>127;)this.buffer[this.pos++]=e&127|128,e>>>=7;return this.buffer[this.pos++]=e,this}int32(e){if(Ur(e),e>=0)return this.uint32(e);this.ensureCapacity(10);for(let t=0;t<9;t++)this.buffer[this.pos++]=e&127|128,e>>=7;return this.buffer[this.pos++]=1,this}bool(e){return this.ensureCapacity(1),this.buffer[this.pos++]=+!!e,this}bytes(e){return this.uint32(e.byteLength),this.raw(e)}string(e){typeof e!=`string`&&(e=String(e));let t=e.length;if(t<=Br){this.ensureCapacity(t+1);let n=this.buffer,r=this.pos;n[r++]=t;let i=0;for(;i<t;i++){let t=e.charCodeAt(i);if(t>127)break;n[r++]=t}if(i==t)return this.pos=r,this}this.ensureCapacity(t*3+5);let n=Vr(t),r=this.buffer,i=this.pos,{written:a}=this.encodeUtf8Into(e,r.subarray(i+n)),o=Vr(a);return o!=n&&r.copyWithin(i+o,i+n,i+n+a),this.uint32(a),this.pos+=a,this}float(e){return Gr(e),this.ensureCapacity(4),this.view().setFloat32(this.pos,e,!0),this.pos+=4,this}double(e){return this.ensureCapacity(8),this.view().setFloat64(this.pos,e,!0),this.pos+=8,this}fixed32(e){return Wr(e),this.ensureCapacity(4),this.view().setUint32(this.pos,e,!0),this.pos+=4,this}sfixed32(e){return Ur(e),this.ensureCapacity(4),this.view().setInt32(this.pos,e,!0),this.pos+=4,this}sint32(e){return Ur(e),this.uint32((e<<1^e>>31)>>>0)}sfixed64(e){let t=P.enc(e);this.ensureCapacity(8);let n=this.view();return n.setInt32(this.pos,t.lo,!0),n.setInt32(this.pos+4,t.hi,!0),this.pos+=8,this}fixed64(e){let t=P.uEnc(e);this.ensureCapacity(8);let n=this.view();return n.setInt32(this.pos,t.lo,!0),n.setInt32(this.pos+4,t.hi,!0),this.pos+=8,this}int64(e){let t=P.enc(e);return this.writeVarint64(t.lo,t.hi)}sint64(e){let t=P.enc(e),n=t.hi>>31,r=t.lo<<1^n,i=(t.hi<<1|t.lo>>>31)^n;return this.writeVarint64(r,i)}uint64(e){let t=P.uEnc(e);return this.writeVarint64(t.lo,t.hi)}writeVarint64(e,t){this.ensureCapacity(10);let n=this.buffer,r=this.pos;for(let i=0;i<28;i+=7){let a=e>>>i,o=!(!(a>>>7)&&t==0);if(n[r++]=(o?a|128:a)&255,!o)return this.pos=r,this}let i=e>>>28&15|(t&7)<<4,a=!!(t>>3);if(n[r++]=(a?i|128:i)&255,!a)return this.pos=r,this;for(let e=3;e<31;e+=7){let i=t>>>e,a=!!(i>>>7);if(n[r++]=(a?i|128:i)&255,!a)return this.pos=r,this}return n[r++]=t>>>31&1,this.pos=r,this}},Ir=128,Lr=1,Rr=new Uint8Array,zr=new DataView(Rr.buffer),Br=32;function Vr(e){return e<128?1:e<16384?2:e<2097152?3:e<268435456?4:5}var Hr=class{constructor(e,t=Nr().decodeUtf8){this.decodeUtf8=t,this.varint64Lo=0,this.varint64Hi=0,this.varint64=tr,this.uint32=dr,this.buf=e,this.len=e.length,this.pos=0,this.view=new DataView(e.buffer,e.byteOffset,e.byteLength)}tag(){let e=this.pos,t=this.uint32(),n=this.pos-e;if(n>5||n==5&&this.buf[this.pos-1]>15)throw Error(`illegal tag: varint overflows uint32`);let r=t>>>3,i=t&7;if(r<=0||i>5)throw Error(`illegal tag: field no `+r+` wire type `+i);return[r,i]}skip(e,t,n=100){let r=this.pos;switch(e){case L.Varint:for(;this.buf[this.pos++]&128;);break;case L.Bit64:this.pos+=4;case L.Bit32:this.pos+=4;break;case L.LengthDelimited:let r=this.uint32();this.pos+=r;break;case L.StartGroup:if(n<=0)throw Error(`maximum recursion depth reached`);for(;;){let[e,r]=this.tag();if(r===L.EndGroup){if(t!==void 0&&e!==t)throw Error(`invalid end group tag`);break}this.skip(r,e,n-1)}break;default:throw Error(`cant skip wire type `+e)}return this.assertBounds(),this.buf.subarray(r,this.pos)}assertBounds(){if(this.pos>this.len)throw RangeError(`premature EOF`)}int32(){return this.uint32()|0}sint32(){let e=this.uint32();return e>>>1^-(e&1)}int64(){return this.varint64(),P.dec(this.varint64Lo,this.varint64Hi)}uint64(){return this.varint64(),P.uDec(this.varint64Lo,this.varint64Hi)}sint64(){this.varint64();let e=this.varint64Lo,t=this.varint64Hi,n=-(e&1);return e=(e>>>1|(t&1)<<31)^n,t=t>>>1^n,P.dec(e,t)}bool(){let e=this.buf[this.pos];return e<128?(this.pos++,e!==0):(this.varint64(),this.varint64Lo!==0||this.varint64Hi!==0)}fixed32(){return this.view.getUint32((this.pos+=4)-4,!0)}sfixed32(){return this.view.getInt32((this.pos+=4)-4,!0)}fixed64(){return P.uDec(this.sfixed32(),this.sfixed32())}sfixed64(){return P.dec(this.sfixed32(),this.sfixed32())}float(){return this.view.getFloat32((this.pos+=4)-4,!0)}double(){return this.view.getFloat64((this.pos+=8)-8,!0)}bytes(){let e=this.uint32(),t=this.pos;return this.pos+=e,this.assertBounds(),this.buf.subarray(t,t+e)}string(e){let t=this.uint32(),n=this.pos;this.pos+=t,this.assertBounds();let r=this.buf;if(t<=Br){let i=Array(t);for(let a=0;a<t;a++){let t=r[n+a];if(t>127)return this.decodeUtf8(r.subarray(n,this.pos),e);i[a]=t}return String.fromCharCode.apply(String,i)}return this.decodeUtf8(r.subarray(n,this.pos),e)}};function Ur(e){if(typeof e==`string`)e=Number(e);else if(typeof e!=`number`)throw Error(`invalid int32: `+typeof e);if(!Number.isInteger(e)||e>2147483647||e<-2147483648)throw Error(`invalid int32: `+e)}function Wr(e){if(typeof e==`string`)e=Number(e);else if(typeof e!=`number`)throw Error(`invalid uint32: `+typeof e);if(!Number.isInteger(e)||e>4294967295||e<0)throw Error(`invalid uint32: `+e)}function Gr(e){if(typeof e==`string`){let t=e;if(e=Number(e),Number.isNaN(e)&&t!==`NaN`)throw Error(`invalid float32: `+t)}else if(typeof e!=`number`)throw Error(`invalid float32: `+typeof e);if(!Number.isFinite(Math.fround(e))&&Number.isFinite(e))throw Error(`invalid float32: `+e)}function Kr(e,t){return qr([e,t])}function qr(e,t){let n=Jr();if(!e.length)return n;if(`$typeName`in e[0]&&e[0].$typeName==`google.protobuf.FileDescriptorSet`){for(let r of e[0].file)t?.(r),gi(r,n);return n}if(`$typeName`in e[0]){let r=e[0],i=e[1],a=new Set;function o(e){let t=[];for(let r of e.dependency){if(n.getFile(r)!=null||a.has(r))continue;let o=i(r);if(!o)throw Error(`Unable to resolve ${r}, imported by ${e.name}`);`kind`in o?n.addFile(o,!1,!0):(a.add(o.name),t.push(o))}return t.concat(...t.map(o))}for(let e of[r,...o(r)].reverse())t?.(e),gi(e,n)}else for(let t of e)for(let e of t.files)n.addFile(e);return n}function Jr(){let e=new Map,t=new Map,n=new Map;return{kind:`registry`,types:e,extendees:t,[Symbol.iterator](){return e.values()},get files(){return n.values()},addFile(e,t,r){if(n.set(e.proto.name,e),!t)for(let t of Ar(e))this.add(t);if(r)for(let n of e.dependencies)this.addFile(n,t,r)},add(n){if(n.kind==`extension`){let e=t.get(n.extendee.typeName);e||t.set(n.extendee.typeName,e=new Map),e.set(n.number,n)}e.set(n.typeName,n)},get(t){return e.get(t)},getFile(e){return n.get(e)},getMessage(t){let n=e.get(t);return n?.kind==`message`?n:void 0},getEnum(t){let n=e.get(t);return n?.kind==`enum`?n:void 0},getExtension(t){let n=e.get(t);return n?.kind==`extension`?n:void 0},getExtensionFor(e,n){return t.get(e.typeName)?.get(n)},getService(t){let n=e.get(t);return n?.kind==`service`?n:void 0}}}var Yr=998,Xr=999,Zr=9999,Qr=9,$r=10,ei=11,ti=12,ni=14,ri=3,ii=2,ai=1,oi=0,si=1,ci=2,li=3,ui=1,di=2,fi=1,pi=2,mi=1002,hi={998:{fieldPresence:1,enumType:2,repeatedFieldEncoding:2,utf8Validation:3,messageEncoding:1,jsonFormat:2,enforceNamingStyle:2,defaultSymbolVisibility:1,enforceProtoLimits:1},999:{fieldPresence:2,enumType:1,repeatedFieldEncoding:1,utf8Validation:2,messageEncoding:1,jsonFormat:1,enforceNamingStyle:2,defaultSymbolVisibility:1,enforceProtoLimits:1},1e3:{fieldPresence:1,enumType:1,repeatedFieldEncoding:1,utf8Validation:2,messageEncoding:1,jsonFormat:1,enforceNamingStyle:2,defaultSymbolVisibility:1,enforceProtoLimits:1},1001:{fieldPresence:1,enumType:1,repeatedFieldEncoding:1,utf8Validation:2,messageEncoding:1,jsonFormat:1,enforceNamingStyle:1,defaultSymbolVisibility:2,enforceProtoLimits:1},1002:{fieldPresence:1,enumType:1,repeatedFieldEncoding:1,utf8Validation:2,messageEncoding:1,jsonFormat:1,enforceNamingStyle:3,defaultSymbolVisibility:4,enforceProtoLimits:2}};function gi(e,t){let n={kind:`file`,proto:e,deprecated:e.options?.deprecated??!1,edition:Ti(e),name:e.name.replace(/\.proto$/,``),dependencies:Ei(e,t),enums:[],messages:[],extensions:[],services:[],toString(){return`file ${e.name}`}},r=new Map,i={get(e){return r.get(e)},add(e){Bi(e.proto.options?.mapEntry===!0),r.set(e.typeName,e)}};for(let r of e.enumType)yi(r,n,void 0,t);for(let r of e.messageType)bi(r,n,void 0,t,i);for(let r of e.service)xi(r,n,t);_i(n,t);for(let e of r.values())vi(e,t,i);for(let e of n.messages)vi(e,t,i),_i(e,t);t.addFile(n,!0)}function _i(e,t){switch(e.kind){case`file`:for(let n of e.proto.extension){let r=wi(n,e,t);e.extensions.push(r),t.add(r)}break;case`message`:for(let n of e.proto.extension){let r=wi(n,e,t);e.nestedExtensions.push(r),t.add(r)}for(let n of e.nestedMessages)_i(n,t)}}function vi(e,t,n){let r=e.proto.oneofDecl.map(t=>Ci(t,e)),i=new Set;for(let a of e.proto.field){let o=Mi(a,r),s=wi(a,e,t,o,n);e.fields.push(s),e.field[s.localName]=s,o===void 0?e.members.push(s):(o.fields.push(s),i.has(o)||(i.add(o),e.members.push(o)))}for(let t of r.filter(e=>i.has(e)))e.oneofs.push(t);for(let r of e.nestedMessages)vi(r,t,n)}function yi(e,t,n,r){var i,a;let o=Di(e.name,e.value),s={kind:`enum`,proto:e,deprecated:e.options?.deprecated??!1,file:t,parent:n,open:!0,name:e.name,typeName:Ai(e,n,t),value:{},values:[],sharedPrefix:o,toString(){return`enum ${this.typeName}`}};s.open=Ii(s),r.add(s);for(let t of e.value){let e=t.name,n={kind:`enum_value`,proto:t,deprecated:t.options?.deprecated??!1,parent:s,name:e,localName:er(o==null?e:e.substring(o.length)),number:t.number,jsonName:Oi(t)??e,toString(){return`enum value ${s.typeName}.${e}`}};s.values.push(n),(i=s.value)[a=t.number]??(i[a]=n)}(n?.nestedEnums??t.enums).push(s)}function bi(e,t,n,r,i){let a={kind:`message`,proto:e,deprecated:e.options?.deprecated??!1,file:t,parent:n,name:e.name,typeName:Ai(e,n,t),fields:[],field:{},oneofs:[],members:[],nestedEnums:[],nestedMessages:[],nestedExtensions:[],toString(){return`message ${this.typeName}`}};e.options?.mapEntry===!0?i.add(a):((n?.nestedMessages??t.messages).push(a),r.add(a));for(let n of e.enumType)yi(n,t,a,r);for(let n of e.nestedType)bi(n,t,a,r,i)}function xi(e,t,n){let r={kind:`service`,proto:e,deprecated:e.options?.deprecated??!1,file:t,name:e.name,typeName:Ai(e,void 0,t),methods:[],method:{},toString(){return`service ${this.typeName}`}};t.services.push(r),n.add(r);for(let t of e.method){let e=Si(t,r,n);r.methods.push(e),r.method[e.localName]=e}}function Si(e,t,n){let r;r=e.clientStreaming&&e.serverStreaming?`bidi_streaming`:e.clientStreaming?`client_streaming`:e.serverStreaming?`server_streaming`:`unary`;let i=n.getMessage(ji(e.inputType)),a=n.getMessage(ji(e.outputType));Bi(i,`invalid MethodDescriptorProto: input_type ${e.inputType} not found`),Bi(a,`invalid MethodDescriptorProto: output_type ${e.inputType} not found`);let o=e.name;return{kind:`rpc`,proto:e,deprecated:e.options?.deprecated??!1,parent:t,name:o,localName:er(o.length?er(o[0].toLowerCase()+o.substring(1)):o),methodKind:r,input:i,output:a,idempotency:e.options?.idempotencyLevel??oi,toString(){return`rpc ${t.typeName}.${o}`}}}function Ci(e,t){return{kind:`oneof`,proto:e,deprecated:!1,parent:t,fields:[],name:e.name,localName:er(Zn(e.name)),toString(){return`oneof ${t.typeName}.${this.name}`}}}function wi(e,t,n,r,i){let a=i===void 0,o={kind:`field`,proto:e,deprecated:e.options?.deprecated??!1,name:e.name,number:e.number,scalar:void 0,message:void 0,enum:void 0,presence:Ni(e,r,a,t),utf8Validation:Ri(e,t),listKind:void 0,mapKind:void 0,mapKey:void 0,delimitedEncoding:void 0,packed:void 0,longAsString:!1,getDefaultValue:void 0},s;if(a){let r=t.kind==`file`?t:t.file,i=t.kind==`file`?void 0:t,a=Ai(e,i,r);o.kind=`extension`,o.file=r,o.parent=i,o.oneof=void 0,o.typeName=a,o.jsonName=`[${a}]`,s=()=>`extension ${a}`;let c=n.getMessage(ji(e.extendee));Bi(c,`invalid FieldDescriptorProto: extendee ${e.extendee} not found`),o.extendee=c}else{let n=t;Bi(n.kind==`message`),o.parent=n,o.oneof=r,o.localName=r?Zn(e.name):er(Zn(e.name)),o.jsonName=e.jsonName,s=()=>`field ${n.typeName}.${e.name}`}Object.defineProperty(o,"toString",{value:s,writable:!0,enumerable:!0,configurable:!0});let c=e.label,l=e.type,u=e.options?.jstype;if(c===ri){let r=l==ei?i?.get(ji(e.typeName)):void 0;if(r){o.fieldKind=`map`;let{key:e,value:t}=Fi(r);return o.mapKey=e.scalar,o.mapKind=t.fieldKind,o.message=t.message,o.delimitedEncoding=!1,o.enum=t.enum,o.scalar=t.scalar,o}switch(o.fieldKind=`list`,l){case ei:case $r:o.listKind=`message`,o.message=n.getMessage(ji(e.typeName)),Bi(o.message),o.delimitedEncoding=Li(e,t);break;case ni:o.listKind=`enum`,o.enum=n.getEnum(ji(e.typeName)),Bi(o.enum);break;default:o.listKind=`scalar`,o.scalar=l,o.longAsString=u==ai}return o.packed=Pi(e,t),o}switch(l){case ei:case $r:o.fieldKind=`message`,o.message=n.getMessage(ji(e.typeName)),Bi(o.message,`invalid FieldDescriptorProto: type_name ${e.typeName} not found`),o.delimitedEncoding=Li(e,t),o.getDefaultValue=()=>void 0;break;case ni:{let t=n.getEnum(ji(e.typeName));Bi(t!==void 0,`invalid FieldDescriptorProto: type_name ${e.typeName} not found`),o.fieldKind=`enum`,o.enum=n.getEnum(ji(e.typeName)),o.getDefaultValue=()=>br(e,`defaultValue`)?Dr(t,e.defaultValue):void 0;break}default:o.fieldKind=`scalar`,o.scalar=l,o.longAsString=u==ai,o.getDefaultValue=()=>br(e,`defaultValue`)?Or(l,e.defaultValue):void 0}return o}function Ti(e){switch(e.syntax){case``:case`proto2`:return Yr;case`proto3`:return Xr;case`editions`:if(e.edition===Zr)return mi;if(e.edition in hi)return e.edition;throw Error(`${e.name}: unsupported edition`);default:throw Error(`${e.name}: unsupported syntax "${e.syntax}"`)}}function Ei(e,t){return e.dependency.map(n=>{let r=t.getFile(n);if(!r)throw Error(`Cannot find ${n}, imported by ${e.name}`);return r})}function Di(e,t){let n=ki(e)+`_`;for(let e of t){if(!e.name.toLowerCase().startsWith(n))return;let t=e.name.substring(n.length);if(t.length==0||/^\d/.test(t))return}return n}function Oi(e){let t;for(let n of e.options?.$unknown??[]){if(n.no!==998||n.wireType!==L.LengthDelimited)continue;let e=new Hr(new Hr(n.data).bytes());for(;e.pos<e.len;){let[n,r]=e.tag();n===1&&r===L.LengthDelimited?t=e.string():e.skip(r,n)}}return t}function ki(e){return(e.substring(0,1)+e.substring(1).replace(/[A-Z]/g,e=>`_`+e)).toLowerCase()}function Ai(e,t,n){let r;return r=t?`${t.typeName}.${e.name}`:n.proto.package.length>0?`${n.proto.package}.${e.name}`:`${e.name}`,r}function ji(e){return e.startsWith(`.`)?e.substring(1):e}function Mi(e,t){if(!br(e,`oneofIndex`)||e.proto3Optional)return;let n=t[e.oneofIndex];return Bi(n,`invalid FieldDescriptorProto: oneof #${e.oneofIndex} for field #${e.number} not found`),n}function Ni(e,t,n,r){if(e.label==ii)return li;if(e.label==ri)return ci;if(t||e.proto3Optional||n)return si;let i=zi(`fieldPresence`,{proto:e,parent:r});return i==ci&&(e.type==ei||e.type==$r)?si:i}function Pi(e,t){if(e.label!=ri)return!1;switch(e.type){case Qr:case ti:case $r:case ei:return!1}let n=e.options;return n&&br(n,`packed`)?n.packed:ui==zi(`repeatedFieldEncoding`,{proto:e,parent:t})}function Fi(e){let t=e.fields.find(e=>e.number===1),n=e.fields.find(e=>e.number===2);return Bi(t&&t.fieldKind==`scalar`&&t.scalar!=F.BYTES&&t.scalar!=F.FLOAT&&t.scalar!=F.DOUBLE&&n&&n.fieldKind!=`list`&&n.fieldKind!=`map`),{key:t,value:n}}function Ii(e){return fi==zi(`enumType`,{proto:e.proto,parent:e.parent??e.file})}function Li(e,t){return e.type==$r||di==zi(`messageEncoding`,{proto:e,parent:t})}function Ri(e,t){return pi==zi(`utf8Validation`,{proto:e,parent:t})}function zi(e,t){let n=t.proto.options?.features;if(n){let t=n[e];if(t!=0)return t}if(`kind`in t){if(t.kind==`message`)return zi(e,t.parent??t.file);let n=hi[t.edition];if(!n)throw Error(`feature default for edition ${t.edition} not found`);return n[e]}return zi(e,t.parent)}function Bi(e,t){if(!e)throw Error(t)}function Vi(e){let t=Hi(e);return t.messageType.forEach(Er),Kr(t,()=>void 0).getFile(t.name)}function Hi(e){return Object.assign(Object.create({syntax:``,edition:0}),Object.assign(Object.assign({$typeName:`google.protobuf.FileDescriptorProto`,dependency:[],publicDependency:[],weakDependency:[],optionDependency:[],service:[],extension:[]},e),{messageType:e.messageType.map(Ui),enumType:e.enumType.map(Ki)}))}function Ui(e){return Object.assign(Object.create({visibility:0}),{$typeName:`google.protobuf.DescriptorProto`,name:e.name,field:e.field?.map(Wi)??[],extension:[],nestedType:e.nestedType?.map(Ui)??[],enumType:e.enumType?.map(Ki)??[],extensionRange:e.extensionRange?.map(e=>Object.assign({$typeName:`google.protobuf.DescriptorProto.ExtensionRange`},e))??[],oneofDecl:[],reservedRange:[],reservedName:[]})}function Wi(e){return Object.assign(Object.create({label:1,typeName:``,extendee:``,defaultValue:``,oneofIndex:0,jsonName:``,proto3Optional:!1}),Object.assign(Object.assign({$typeName:`google.protobuf.FieldDescriptorProto`},e),{options:e.options?Gi(e.options):void 0}))}function Gi(e){return Object.assign(Object.create({ctype:0,packed:!1,jstype:0,lazy:!1,unverifiedLazy:!1,deprecated:!1,weak:!1,debugRedact:!1,retention:0}),Object.assign(Object.assign({$typeName:`google.protobuf.FieldOptions`},e),{targets:e.targets??[],editionDefaults:e.editionDefaults?.map(e=>Object.assign({$typeName:`google.protobuf.FieldOptions.EditionDefault`},e))??[],uninterpretedOption:[]}))}function Ki(e){return Object.assign(Object.create({visibility:0}),{$typeName:`google.protobuf.EnumDescriptorProto`,name:e.name,reservedName:[],reservedRange:[],value:e.value.map(e=>Object.assign({$typeName:`google.protobuf.EnumValueDescriptorProto`},e))})}var qi=Uint8Array.prototype.setFromBase64;function Ji(e){let t=e.length,n=t-(t+3>>2);!(t&3)&&e[t-1]==`=`&&(n-=e[t-2]==`=`?2:1);let r=new Uint8Array(n),i=-1;if(qi)try{let n=qi.call(r,e);n.read==t&&(i=n.written)}catch{}return i<0&&(i=Yi(r,e)),i==n?r:r.subarray(0,i)}function Yi(e,t){let n=ra(),r=0,i=0,a,o=0;for(let s=0;s<t.length;s++){if(a=n[t.charCodeAt(s)],a===void 0)switch(t[s]){case`=`:i=0;case`
`:case`\r`:case`	`:case` `:continue;default:throw Error(`invalid base64 string`)}switch(i){case 0:o=a,i=1;break;case 1:e[r++]=o<<2|(a&48)>>4,o=a,i=2;break;case 2:e[r++]=(o&15)<<4|(a&60)>>2,o=a,i=3;break;case 3:e[r++]=(o&3)<<6|a,i=0}}if(i==1)throw Error(`invalid base64 string`);return r}var Xi=Uint8Array.prototype.toBase64,Zi={std:{alphabet:`base64`,omitPadding:!1},std_raw:{alphabet:`base64`,omitPadding:!0},url:{alphabet:`base64url`,omitPadding:!0}};function Qi(e,t=`std`){if(Xi)return Xi.call(e,Zi[t]);let n=na(t),r=t==`std`,i=``,a=0,o,s=0;for(let t=0;t<e.length;t++)switch(o=e[t],a){case 0:i+=n[o>>2],s=(o&3)<<4,a=1;break;case 1:i+=n[s|o>>4],s=(o&15)<<2,a=2;break;case 2:i+=n[s|o>>6],i+=n[o&63],a=0}return a&&(i+=n[s],r&&(i+=`=`,a==1&&(i+=`=`))),i}var $i,ea,ta;function na(e){return $i||($i=`ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/`.split(``),ea=$i.slice(0,-2).concat(`-`,`_`)),e==`url`?ea:$i}function ra(){if(!ta){ta=[];let e=na(`std`);for(let t=0;t<e.length;t++)ta[e[t].charCodeAt(0)]=t;ta[45]=e.indexOf(`+`),ta[95]=e.indexOf(`/`)}return ta}var ia=[`FieldValueInvalidError`,`FieldListRangeError`,`ForeignFieldError`],R=class extends Error{constructor(e,t,n=`FieldValueInvalidError`){super(t),this.name=n,this.field=()=>e}};function aa(e){return e instanceof Error&&ia.includes(e.name)&&`field`in e&&typeof e.field==`function`}function oa(e,t){return typeof e==`object`&&e&&`$typeName`in e&&typeof e.$typeName==`string`?t===void 0||t.typeName===e.$typeName:!1}function sa(e){return typeof e==`object`&&!!e&&!Array.isArray(e)}function ca(e,t){if(sa(e)&&I in e&&`add`in e&&`field`in e&&typeof e.field==`function`){if(t!==void 0){let n=t,r=e.field();return n.listKind==r.listKind&&n.scalar===r.scalar&&n.message?.typeName===r.message?.typeName&&n.enum?.typeName===r.enum?.typeName}return!0}return!1}function la(e,t){if(sa(e)&&I in e&&`has`in e&&`field`in e&&typeof e.field==`function`){if(t!==void 0){let n=t,r=e.field();return n.mapKey===r.mapKey&&n.mapKind==r.mapKind&&n.scalar===r.scalar&&n.message?.typeName===r.message?.typeName&&n.enum?.typeName===r.enum?.typeName}return!0}return!1}function ua(e,t){return sa(e)&&I in e&&`desc`in e&&sa(e.desc)&&e.desc.kind===`message`&&(t===void 0||e.desc.typeName==t.typeName)}function da(e){return ha(e.$typeName)}function fa(e){let t=e.fields[0];return ha(e.typeName)&&t!==void 0&&t.fieldKind==`scalar`&&t.name==`value`&&t.number==1}function pa(e){switch(e.typeName){case`google.protobuf.Any`:case`google.protobuf.Timestamp`:case`google.protobuf.Duration`:case`google.protobuf.FieldMask`:case`google.protobuf.Struct`:case`google.protobuf.Value`:case`google.protobuf.ListValue`:return!0;default:return fa(e)}}var ma=new Set([`google.protobuf.DoubleValue`,`google.protobuf.FloatValue`,`google.protobuf.Int64Value`,`google.protobuf.UInt64Value`,`google.protobuf.Int32Value`,`google.protobuf.UInt32Value`,`google.protobuf.BoolValue`,`google.protobuf.StringValue`,`google.protobuf.BytesValue`]);function ha(e){return ma.has(e)}var ga=999,_a=998,va=2;function z(e,t){return oa(t,e)?t:ba(e)(t)}var ya=new WeakMap;function ba(e){let t=ya.get(e);return t===void 0&&(t=Ta(e),ya.set(e,t)),t}var xa=0,Sa=1,Ca=2,wa=3;function Ta(e){let t=e.typeName,{properties:n,prototype:r}=Ea(e);return e=>{let i;r===void 0?i={$typeName:t}:(i=Object.create(r),i.$typeName=t);for(let t=0;t<n.length;t++){let r=n[t],a=r.name,o=e?.[a];switch(r.kind){case xa:o==null?r.constant!==void 0&&(i[a]=r.constant):i[a]=r.convert===void 0?o:r.convert(o);break;case Sa:i[a]=r.convert!==void 0&&Array.isArray(o)?o.map(r.convert):o??[];break;case Ca:if(r.convert===void 0||!sa(o))i[a]=o??{};else{let e={},t=Object.keys(o);for(let n=0;n<t.length;n++)Cr(e,t[n],r.convert(o[t[n]]));i[a]=e}break;case wa:{let e=o;if(e?.case!=null){let t=r.convert.get(e.case);if(t!==void 0){i[a]={case:e.case,value:t(e.value)};break}}i[a]={case:void 0};break}}}return i}}function Ea(e){let t=[],n={},r=Aa(e);for(let i of e.members){let e=i.localName;if(i.kind==`oneof`)t.push({name:e,kind:wa,constant:void 0,convert:Da(i)});else switch(i.fieldKind){case`message`:t.push({name:e,kind:xa,constant:void 0,convert:Oa(i)});break;case`list`:t.push({name:e,kind:Sa,constant:void 0,convert:i.listKind==`message`?Oa(i)??(e=>e):i.scalar==F.BYTES?ka:void 0});break;case`map`:t.push({name:e,kind:Ca,constant:void 0,convert:i.mapKind==`message`?Oa(i)??(e=>e):i.scalar==F.BYTES?ka:void 0});break;default:{let a=ja(i);t.push({name:e,kind:xa,constant:i.presence==va?a:void 0,convert:i.fieldKind==`scalar`&&i.scalar==F.BYTES?ka:void 0}),r&&(n[e]=a);break}}}return{properties:t,prototype:r?n:void 0}}function Da(e){let t=new Map;for(let n of e.fields){let e;n.fieldKind==`message`?e=Oa(n):n.fieldKind==`scalar`&&n.scalar==F.BYTES&&(e=ka),t.set(n.localName,e??(e=>e))}return t}function Oa(e){if(e.fieldKind==`message`&&!e.oneof&&fa(e.message))return e.message.fields[0].scalar==F.BYTES?ka:void 0;if(e.message.typeName==`google.protobuf.Struct`&&e.parent.typeName!==`google.protobuf.Value`)return;let t=e.message,n;return e=>!sa(e)||oa(e,t)?e:(n??=ba(t),n(e))}function ka(e){return Array.isArray(e)?new Uint8Array(e):e}function Aa(e){switch(e.file.edition){case ga:return!1;case _a:return!0;default:return e.fields.some(e=>e.presence!=va&&e.fieldKind!=`message`&&!e.oneof)}}function ja(e){let t=e.getDefaultValue();return t===void 0?e.fieldKind==`scalar`?hr(e.scalar,e.longAsString):e.enum.values[0].number:e.fieldKind==`scalar`&&e.longAsString?t.toString():t}var Ma=0;function Na(e){if(Pa(e))return{toMessage:e=>Fa(e),toLocal:e=>Ia(e)};if(e.fieldKind==`message`&&!e.oneof&&fa(e.message)){let t=e.message,n=t.fields[0].localName;return{toMessage:e=>{let r=z(t);return e!==void 0&&(r[n]=e),r},toLocal:e=>e[n]}}let t=e.message;return{toMessage:e=>e===void 0?z(t):e,toLocal:e=>e}}function Pa(e){return e.message.typeName==`google.protobuf.Struct`&&e.parent.typeName!=`google.protobuf.Value`}function Fa(e){let t={$typeName:`google.protobuf.Struct`,fields:{}};if(sa(e))for(let n of Object.keys(e))Cr(t.fields,n,Ra(e[n]));return t}function Ia(e){let t={};for(let n of Object.keys(e.fields))Cr(t,n,La(e.fields[n]));return t}function La(e){switch(e.kind.case){case`structValue`:return Ia(e.kind.value);case`listValue`:return e.kind.value.values.map(La);case`nullValue`:case void 0:return null;default:return e.kind.value}}function Ra(e){let t={$typeName:`google.protobuf.Value`,kind:{case:void 0}};switch(typeof e){case`number`:t.kind={case:`numberValue`,value:e};break;case`string`:t.kind={case:`stringValue`,value:e};break;case`boolean`:t.kind={case:`boolValue`,value:e};break;case`object`:if(e===null)t.kind={case:`nullValue`,value:Ma};else if(Array.isArray(e)){let n={$typeName:`google.protobuf.ListValue`,values:[]};if(Array.isArray(e))for(let t of e)n.values.push(Ra(t));t.kind={case:`listValue`,value:n}}else t.kind={case:`structValue`,value:Fa(e)}}return t}var za=2,Ba=3,Va={writeUnknownFields:!0};function Ha(e){return e?Object.assign(Object.assign({},Va),e):Va}function Ua(e,t,n){let r=new Fr;return Ga(e)(r,Ha(n),t),r.finish()}var Wa=new WeakMap;function Ga(e){let t=Wa.get(e);return t===void 0&&(t=Ka(e)),t}function Ka(e){let t=e.typeName,n=e.fields.concat().sort((e,t)=>e.number-t.number),r=n[0],i=[],a=(e,n,a)=>{if(a.$typeName!==t&&r!==void 0)throw new R(r,`cannot use ${r} with message ${a.$typeName}`,`ForeignFieldError`);for(let t=0;t<i.length;t++)i[t](e,n,a);let o=a.$unknown;if(o!==void 0&&n.writeUnknownFields)for(let t=0;t<o.length;t++){let{no:n,wireType:r,data:i}=o[t];e.tag(n,r).raw(i)}};Wa.set(e,a);for(let e of n)i.push(qa(e));return a}function qa(e){switch(e.fieldKind){case`message`:case`scalar`:case`enum`:return Ja(e);case`list`:return Xa(e);case`map`:return Za(e)}}function Ja(e){let t=Ya(e),n=e.localName;if(e.oneof){let r=e.oneof.localName;return(e,i,a)=>{let o=a[r];o.case===n&&t(e,i,o.value)}}if(e.presence!=za){let r=e.presence==Ba?`cannot encode ${e} to binary: required field not set`:void 0;return(e,i,a)=>{let o=a[n];if(o!==void 0&&Object.prototype.hasOwnProperty.call(a,n))t(e,i,o);else if(r!==void 0)throw Error(r)}}if(e.fieldKind==`enum`){let r=e.enum.values[0].number;return(e,i,a)=>{let o=a[n];o!==r&&t(e,i,o)}}switch(e.scalar){case F.BOOL:return(e,r,i)=>{let a=i[n];a!==!1&&t(e,r,a)};case F.STRING:return(e,r,i)=>{let a=i[n];a!==``&&t(e,r,a)};case F.BYTES:return(e,r,i)=>{let a=i[n];(!(a instanceof Uint8Array)||a.byteLength>0)&&t(e,r,a)};case F.DOUBLE:case F.FLOAT:return(e,r,i)=>{let a=i[n];Object.is(a,0)||t(e,r,a)};default:return(e,r,i)=>{let a=i[n];a!=0&&t(e,r,a)}}}function Ya(e){switch(e.fieldKind){case`message`:{let{toMessage:t}=Na(e),n=ro(e);return(e,r,i)=>{n(e,r,t(i))}}case`scalar`:case`enum`:{let t=e.fieldKind==`enum`?F.INT32:e.scalar,n=e.number,r=io(t),i=eo(t,e.parent.typeName,e.name);return(e,t,a)=>{e.tag(n,r),i(e,a)}}}}function Xa(e){let t=e.localName,n=e.number;switch(e.listKind){case`message`:{let{toMessage:n}=Na(e),r=ro(e);return(e,i,a)=>{let o=a[t];for(let t=0;t<o.length;t++)r(e,i,n(o[t]))}}case`scalar`:case`enum`:{let r=e.listKind==`enum`?F.INT32:e.scalar,i=eo(r,e.parent.typeName,e.name);if(e.packed)return(e,r,a)=>{let o=a[t];if(o.length!=0){e.tag(n,L.LengthDelimited).fork();for(let t=0;t<o.length;t++)i(e,o[t]);e.join()}};let a=io(r);return(e,r,o)=>{let s=o[t];for(let t=0;t<s.length;t++)e.tag(n,a),i(e,s[t])}}}}function Za(e){let t=e.localName,n=e.number,r=Qa(e);if(e.mapKind==`message`){let{toMessage:i}=Na(e),a=Ga(e.message);return(e,o,s)=>{let c=s[t],l=Object.keys(c);for(let t=0;t<l.length;t++){let s=l[t];e.tag(n,L.LengthDelimited).fork(),r(e,s),e.tag(2,L.LengthDelimited).fork(),a(e,o,i(c[s])),e.join(),e.join()}}}let i=e.mapKind==`enum`?F.INT32:e.scalar,a=io(i),o=eo(i,e.parent.typeName,e.name);return(e,i,s)=>{let c=s[t],l=Object.keys(c);for(let t=0;t<l.length;t++){let i=l[t];e.tag(n,L.LengthDelimited).fork(),r(e,i),e.tag(2,a),o(e,c[i]),e.join()}}}function Qa(e){let t=io(e.mapKey),n=eo(e.mapKey,e.parent.typeName,e.name),r=$a(e.mapKey);return(e,i)=>{e.tag(1,t),n(e,r(i))}}function $a(e){switch(e){case F.STRING:return e=>e;case F.BOOL:return e=>e===`true`||e!==`false`&&e;case F.UINT64:case F.FIXED64:return e=>{try{return P.uParse(e)}catch{return e}};case F.INT64:case F.SFIXED64:case F.SINT64:return e=>{try{return P.parse(e)}catch{return e}};default:return e=>{let t=Number.parseInt(e);return Number.isFinite(t)?t:e}}}function eo(e,t,n){let r=to(e);return(e,i)=>{try{r(e,i)}catch(e){throw e instanceof Error?Error(`cannot encode field ${t}.${n} to binary: ${e.message}`):e}}}function to(e){switch(e){case F.STRING:return(e,t)=>e.string(t);case F.BOOL:return(e,t)=>e.bool(t);case F.DOUBLE:return(e,t)=>e.double(t);case F.FLOAT:return(e,t)=>e.float(t);case F.INT32:return(e,t)=>e.int32(t);case F.INT64:return(e,t)=>e.int64(t);case F.UINT64:return(e,t)=>e.uint64(t);case F.FIXED64:return(e,t)=>e.fixed64(t);case F.BYTES:return(e,t)=>e.bytes(t);case F.FIXED32:return(e,t)=>e.fixed32(t);case F.SFIXED32:return(e,t)=>e.sfixed32(t);case F.SFIXED64:return(e,t)=>e.sfixed64(t);case F.SINT64:return(e,t)=>e.sint64(t);case F.UINT32:return(e,t)=>e.uint32(t);case F.SINT32:return(e,t)=>e.sint32(t)}}function no(e,t,n,r){qa(r)(e,t,n[I])}function ro(e){let t=e.number,n=Ga(e.message);return e.delimitedEncoding?(e,r,i)=>{e.tag(t,L.StartGroup),n(e,r,i),e.tag(t,L.EndGroup)}:(e,r,i)=>{e.tag(t,L.LengthDelimited).fork(),n(e,r,i),e.join()}}function io(e){switch(e){case F.BYTES:case F.STRING:return L.LengthDelimited;case F.DOUBLE:case F.FIXED64:case F.SFIXED64:return L.Bit64;case F.FIXED32:case F.SFIXED32:case F.FLOAT:return L.Bit32;default:return L.Varint}}function ao(e,t){let n=e.fieldKind==`list`?ca(t,e):e.fieldKind==`map`?la(t,e):co(e,t);if(n===!0)return;let r;switch(e.fieldKind){case`list`:r=`expected ${po(e)}, got ${B(t)}`;break;case`map`:r=`expected ${mo(e)}, got ${B(t)}`;break;default:r=uo(e,t,n)}return new R(e,r)}function oo(e,t,n){let r=co(e,n);if(r!==!0)return new R(e,`list item #${t+1}: ${uo(e,n,r)}`)}function so(e,t,n){let r=lo(e.mapKey)(t);if(r!==!0)return new R(e,`invalid map key: ${uo({scalar:e.mapKey},t,r)}`);let i=co(e,n);if(i!==!0)return new R(e,`map entry ${B(t)}: ${uo(e,n,i)}`)}function co(e,t){return e.scalar===void 0?e.enum===void 0?ua(t,e.message):e.enum.open?lo(F.INT32)(t):e.enum.values.some(e=>e.number===t):lo(e.scalar)(t)}function lo(e){switch(e){case F.DOUBLE:return e=>typeof e==`number`;case F.FLOAT:return e=>typeof e==`number`?!Number.isFinite(Math.fround(e))&&Number.isFinite(e)?`${e.toFixed()} out of range`:!0:!1;case F.INT32:case F.SFIXED32:case F.SINT32:return e=>typeof e!=`number`||!Number.isInteger(e)?!1:e>2147483647||e<-2147483648?`${e.toFixed()} out of range`:!0;case F.FIXED32:case F.UINT32:return e=>typeof e!=`number`||!Number.isInteger(e)?!1:e>4294967295||e<0?`${e.toFixed()} out of range`:!0;case F.BOOL:return e=>typeof e==`boolean`;case F.STRING:return e=>typeof e==`string`?Nr().checkUtf8(e)||`invalid UTF8`:!1;case F.BYTES:return e=>e instanceof Uint8Array;case F.INT64:case F.SFIXED64:case F.SINT64:return e=>{if(typeof e==`bigint`||typeof e==`number`||typeof e==`string`&&e.length>0)try{return P.parse(e),!0}catch{return`${e} out of range`}return!1};case F.FIXED64:case F.UINT64:return e=>{if(typeof e==`bigint`||typeof e==`number`||typeof e==`string`&&e.length>0)try{return P.uParse(e),!0}catch{return`${e} out of range`}return!1}}}function uo(e,t,n){return n=typeof n==`string`?`: ${n}`:`, got ${B(t)}`,e.scalar===void 0?e.enum===void 0?`expected ${fo(e.message)}`+n:`expected ${e.enum.toString()}`+n:`expected ${ho(e.scalar)}`+n}function B(e){switch(typeof e){case`object`:return e===null?`null`:e instanceof Uint8Array?`Uint8Array(${e.length})`:Array.isArray(e)?`Array(${e.length})`:ca(e)?po(e.field()):la(e)?mo(e.field()):ua(e)?fo(e.desc):oa(e)?`message ${e.$typeName}`:`object`;case`string`:return e.length>30?`string`:`"${e.split(`"`).join(`\\"`)}"`;case`boolean`:return String(e);case`number`:return String(e);case`bigint`:return String(e)+`n`;default:return typeof e}}function fo(e){return`ReflectMessage (${e.typeName})`}function po(e){switch(e.listKind){case`message`:return`ReflectList (${e.message.toString()})`;case`enum`:return`ReflectList (${e.enum.toString()})`;case`scalar`:return`ReflectList (${F[e.scalar]})`}}function mo(e){switch(e.mapKind){case`message`:return`ReflectMap (${F[e.mapKey]}, ${e.message.toString()})`;case`enum`:return`ReflectMap (${F[e.mapKey]}, ${e.enum.toString()})`;case`scalar`:return`ReflectMap (${F[e.mapKey]}, ${F[e.scalar]})`}}function ho(e){switch(e){case F.STRING:return`string`;case F.BOOL:return`boolean`;case F.INT64:case F.SINT64:case F.SFIXED64:return`bigint (int64)`;case F.UINT64:case F.FIXED64:return`bigint (uint64)`;case F.BYTES:return`Uint8Array`;case F.DOUBLE:return`number (float64)`;case F.FLOAT:return`number (float32)`;case F.FIXED32:case F.UINT32:return`number (uint32)`;case F.INT32:case F.SFIXED32:case F.SINT32:return`number (int32)`}}function go(e,t,n=!0){return new vo(e,t,n)}var _o=new WeakMap,vo=class{get sortedFields(){let e=_o.get(this.desc);if(e)return e;let t=this.desc.fields.concat().sort((e,t)=>e.number-t.number);return _o.set(this.desc,t),t}constructor(e,t,n=!0){this.lists=new Map,this.maps=new Map,this.check=n,this.desc=e,this.message=this[I]=t??z(e),this.fields=e.fields,this.oneofs=e.oneofs,this.members=e.members}findNumber(e){return this._fieldsByNumber||=new Map(this.desc.fields.map(e=>[e.number,e])),this._fieldsByNumber.get(e)}oneofCase(e){return yo(this.message,e),vr(this.message,e)}isSet(e){return yo(this.message,e),yr(this.message,e)}clear(e){yo(this.message,e),Tr(this.message,e)}get(e){yo(this.message,e);let t=xr(this.message,e);switch(e.fieldKind){case`list`:let n=this.lists.get(e);return n&&n[I]===t||this.lists.set(e,n=new bo(e,t,this.check)),n;case`map`:let r=this.maps.get(e);return r&&r[I]===t||this.maps.set(e,r=new xo(e,t,this.check)),r;case`message`:return Co(e,t,this.check);case`scalar`:return t===void 0?hr(e.scalar,!1):Ao(e,t);case`enum`:return t??e.enum.values[0].number}}set(e,t){if(yo(this.message,e),this.check){let n=ao(e,t);if(n)throw n}let n;n=e.fieldKind==`message`?So(e,t):la(t)||ca(t)?t[I]:jo(e,t),Sr(this.message,e,n)}getUnknown(){return this.message.$unknown}setUnknown(e){this.message.$unknown=e}};function yo(e,t){if(t.parent.typeName!==e.$typeName)throw new R(t,`cannot use ${t.toString()} with message ${e.$typeName}`,`ForeignFieldError`)}var bo=class{field(){return this._field}get size(){return this._arr.length}constructor(e,t,n){this._field=e,this._arr=this[I]=t,this.check=n}get(e){let t=this._arr[e];return t===void 0?void 0:To(this._field,t,this.check)}set(e,t){if(e<0||e>=this._arr.length)throw new R(this._field,`list item #${e+1}: out of range`);if(this.check){let n=oo(this._field,e,t);if(n)throw n}this._arr[e]=wo(this._field,t)}add(e){if(this.check){let t=oo(this._field,this._arr.length,e);if(t)throw t}this._arr.push(wo(this._field,e))}clear(){this._arr.splice(0,this._arr.length)}[Symbol.iterator](){return this.values()}keys(){return this._arr.keys()}*values(){for(let e of this._arr)yield To(this._field,e,this.check)}*entries(){for(let e=0;e<this._arr.length;e++)yield[e,To(this._field,this._arr[e],this.check)]}},xo=class{constructor(e,t,n=!0){this.obj=this[I]=t??{},this.check=n,this._field=e}field(){return this._field}set(e,t){if(this.check){let n=so(this._field,e,t);if(n)throw n}return Cr(this.obj,Oo(e),Eo(this._field,t)),this}delete(e){let t=Oo(e),n=Object.prototype.hasOwnProperty.call(this.obj,t);return n&&delete this.obj[t],n}clear(){for(let e of Object.keys(this.obj))delete this.obj[e]}get(e){let t=wr(this.obj,Oo(e));return t!==void 0&&(t=Do(this._field,t,this.check)),t}has(e){return Object.prototype.hasOwnProperty.call(this.obj,Oo(e))}*keys(){for(let e of Object.keys(this.obj))yield ko(e,this._field.mapKey)}*entries(){for(let e of Object.entries(this.obj))yield[ko(e[0],this._field.mapKey),Do(this._field,e[1],this.check)]}[Symbol.iterator](){return this.entries()}get size(){return Object.keys(this.obj).length}*values(){for(let e of Object.values(this.obj))yield Do(this._field,e,this.check)}forEach(e,t){for(let n of this.entries())e.call(t,n[1],n[0],this)}};function So(e,t){return ua(t)?da(t.message)&&!e.oneof&&e.fieldKind==`message`?t.message.value:t.desc.typeName==`google.protobuf.Struct`&&e.parent.typeName!=`google.protobuf.Value`?Ia(t.message):t.message:t}function Co(e,t,n){return t!==void 0&&(fa(e.message)&&!e.oneof&&e.fieldKind==`message`?t={$typeName:e.message.typeName,value:Ao(e.message.fields[0],t)}:e.message.typeName==`google.protobuf.Struct`&&e.parent.typeName!=`google.protobuf.Value`&&sa(t)&&(t=Fa(t))),new vo(e.message,t,n)}function wo(e,t){return e.listKind==`message`?So(e,t):jo(e,t)}function To(e,t,n){return e.listKind==`message`?Co(e,t,n):Ao(e,t)}function Eo(e,t){return e.mapKind==`message`?So(e,t):jo(e,t)}function Do(e,t,n){return e.mapKind==`message`?Co(e,t,n):t}function Oo(e){return typeof e==`string`||typeof e==`number`?e:String(e)}function ko(e,t){switch(t){case F.STRING:return e;case F.INT32:case F.FIXED32:case F.UINT32:case F.SFIXED32:case F.SINT32:{let t=Number.parseInt(e);if(Number.isFinite(t))return t;break}case F.BOOL:switch(e){case`true`:return!0;case`false`:return!1}break;case F.UINT64:case F.FIXED64:try{return P.uParse(e)}catch{}break;default:try{return P.parse(e)}catch{}}return e}function Ao(e,t){switch(e.scalar){case F.INT64:case F.SFIXED64:case F.SINT64:`longAsString`in e&&e.longAsString&&typeof t==`string`&&(t=P.parse(t));break;case F.FIXED64:case F.UINT64:`longAsString`in e&&e.longAsString&&typeof t==`string`&&(t=P.uParse(t))}return t}function jo(e,t){switch(e.scalar){case F.INT64:case F.SFIXED64:case F.SINT64:`longAsString`in e&&e.longAsString?t=String(t):(typeof t==`string`||typeof t==`number`)&&(t=P.parse(t));break;case F.FIXED64:case F.UINT64:`longAsString`in e&&e.longAsString?t=String(t):(typeof t==`string`||typeof t==`number`)&&(t=P.uParse(t))}return t}function V(e,t,...n){return n.reduce((e,t)=>e.nestedMessages[t],e.messages[t])}var Mo=Vi({name:`google/protobuf/descriptor.proto`,package:`google.protobuf`,messageType:[{name:`FileDescriptorSet`,field:[{name:`file`,number:1,type:11,label:3,typeName:`.google.protobuf.FileDescriptorProto`}],extensionRange:[{start:536e6,end:536000001}]},{name:`FileDescriptorProto`,field:[{name:`name`,number:1,type:9,label:1},{name:`package`,number:2,type:9,label:1},{name:`dependency`,number:3,type:9,label:3},{name:`public_dependency`,number:10,type:5,label:3},{name:`weak_dependency`,number:11,type:5,label:3},{name:`option_dependency`,number:15,type:9,label:3},{name:`message_type`,number:4,type:11,label:3,typeName:`.google.protobuf.DescriptorProto`},{name:`enum_type`,number:5,type:11,label:3,typeName:`.google.protobuf.EnumDescriptorProto`},{name:`service`,number:6,type:11,label:3,typeName:`.google.protobuf.ServiceDescriptorProto`},{name:`extension`,number:7,type:11,label:3,typeName:`.google.protobuf.FieldDescriptorProto`},{name:`options`,number:8,type:11,label:1,typeName:`.google.protobuf.FileOptions`},{name:`source_code_info`,number:9,type:11,label:1,typeName:`.google.protobuf.SourceCodeInfo`},{name:`syntax`,number:12,type:9,label:1},{name:`edition`,number:14,type:14,label:1,typeName:`.google.protobuf.Edition`}]},{name:`DescriptorProto`,field:[{name:`name`,number:1,type:9,label:1},{name:`field`,number:2,type:11,label:3,typeName:`.google.protobuf.FieldDescriptorProto`},{name:`extension`,number:6,type:11,label:3,typeName:`.google.protobuf.FieldDescriptorProto`},{name:`nested_type`,number:3,type:11,label:3,typeName:`.google.protobuf.DescriptorProto`},{name:`enum_type`,number:4,type:11,label:3,typeName:`.google.protobuf.EnumDescriptorProto`},{name:`extension_range`,number:5,type:11,label:3,typeName:`.google.protobuf.DescriptorProto.ExtensionRange`},{name:`oneof_decl`,number:8,type:11,label:3,typeName:`.google.protobuf.OneofDescriptorProto`},{name:`options`,number:7,type:11,label:1,typeName:`.google.protobuf.MessageOptions`},{name:`reserved_range`,number:9,type:11,label:3,typeName:`.google.protobuf.DescriptorProto.ReservedRange`},{name:`reserved_name`,number:10,type:9,label:3},{name:`visibility`,number:11,type:14,label:1,typeName:`.google.protobuf.SymbolVisibility`}],nestedType:[{name:`ExtensionRange`,field:[{name:`start`,number:1,type:5,label:1},{name:`end`,number:2,type:5,label:1},{name:`options`,number:3,type:11,label:1,typeName:`.google.protobuf.ExtensionRangeOptions`}]},{name:`ReservedRange`,field:[{name:`start`,number:1,type:5,label:1},{name:`end`,number:2,type:5,label:1}]}]},{name:`ExtensionRangeOptions`,field:[{name:`uninterpreted_option`,number:999,type:11,label:3,typeName:`.google.protobuf.UninterpretedOption`},{name:`declaration`,number:2,type:11,label:3,typeName:`.google.protobuf.ExtensionRangeOptions.Declaration`,options:{retention:2}},{name:`features`,number:50,type:11,label:1,typeName:`.google.protobuf.FeatureSet`},{name:`verification`,number:3,type:14,label:1,typeName:`.google.protobuf.ExtensionRangeOptions.VerificationState`,defaultValue:`UNVERIFIED`,options:{retention:2}}],nestedType:[{name:`Declaration`,field:[{name:`number`,number:1,type:5,label:1},{name:`full_name`,number:2,type:9,label:1},{name:`type`,number:3,type:9,label:1},{name:`reserved`,number:5,type:8,label:1},{name:`repeated`,number:6,type:8,label:1}]}],enumType:[{name:`VerificationState`,value:[{name:`DECLARATION`,number:0},{name:`UNVERIFIED`,number:1}]}],extensionRange:[{start:990,end:999},{start:1e3,end:536870912}]},{name:`FieldDescriptorProto`,field:[{name:`name`,number:1,type:9,label:1},{name:`number`,number:3,type:5,label:1},{name:`label`,number:4,type:14,label:1,typeName:`.google.protobuf.FieldDescriptorProto.Label`},{name:`type`,number:5,type:14,label:1,typeName:`.google.protobuf.FieldDescriptorProto.Type`},{name:`type_name`,number:6,type:9,label:1},{name:`extendee`,number:2,type:9,label:1},{name:`default_value`,number:7,type:9,label:1},{name:`oneof_index`,number:9,type:5,label:1},{name:`json_name`,number:10,type:9,label:1},{name:`options`,number:8,type:11,label:1,typeName:`.google.protobuf.FieldOptions`},{name:`proto3_optional`,number:17,type:8,label:1}],enumType:[{name:`Type`,value:[{name:`TYPE_DOUBLE`,number:1},{name:`TYPE_FLOAT`,number:2},{name:`TYPE_INT64`,number:3},{name:`TYPE_UINT64`,number:4},{name:`TYPE_INT32`,number:5},{name:`TYPE_FIXED64`,number:6},{name:`TYPE_FIXED32`,number:7},{name:`TYPE_BOOL`,number:8},{name:`TYPE_STRING`,number:9},{name:`TYPE_GROUP`,number:10},{name:`TYPE_MESSAGE`,number:11},{name:`TYPE_BYTES`,number:12},{name:`TYPE_UINT32`,number:13},{name:`TYPE_ENUM`,number:14},{name:`TYPE_SFIXED32`,number:15},{name:`TYPE_SFIXED64`,number:16},{name:`TYPE_SINT32`,number:17},{name:`TYPE_SINT64`,number:18}]},{name:`Label`,value:[{name:`LABEL_OPTIONAL`,number:1},{name:`LABEL_REPEATED`,number:3},{name:`LABEL_REQUIRED`,number:2}]}]},{name:`OneofDescriptorProto`,field:[{name:`name`,number:1,type:9,label:1},{name:`options`,number:2,type:11,label:1,typeName:`.google.protobuf.OneofOptions`}]},{name:`EnumDescriptorProto`,field:[{name:`name`,number:1,type:9,label:1},{name:`value`,number:2,type:11,label:3,typeName:`.google.protobuf.EnumValueDescriptorProto`},{name:`options`,number:3,type:11,label:1,typeName:`.google.protobuf.EnumOptions`},{name:`reserved_range`,number:4,type:11,label:3,typeName:`.google.protobuf.EnumDescriptorProto.EnumReservedRange`},{name:`reserved_name`,number:5,type:9,label:3},{name:`visibility`,number:6,type:14,label:1,typeName:`.google.protobuf.SymbolVisibility`}],nestedType:[{name:`EnumReservedRange`,field:[{name:`start`,number:1,type:5,label:1},{name:`end`,number:2,type:5,label:1}]}]},{name:`EnumValueDescriptorProto`,field:[{name:`name`,number:1,type:9,label:1},{name:`number`,number:2,type:5,label:1},{name:`options`,number:3,type:11,label:1,typeName:`.google.protobuf.EnumValueOptions`}]},{name:`ServiceDescriptorProto`,field:[{name:`name`,number:1,type:9,label:1},{name:`method`,number:2,type:11,label:3,typeName:`.google.protobuf.MethodDescriptorProto`},{name:`options`,number:3,type:11,label:1,typeName:`.google.protobuf.ServiceOptions`}]},{name:`MethodDescriptorProto`,field:[{name:`name`,number:1,type:9,label:1},{name:`input_type`,number:2,type:9,label:1},{name:`output_type`,number:3,type:9,label:1},{name:`options`,number:4,type:11,label:1,typeName:`.google.protobuf.MethodOptions`},{name:`client_streaming`,number:5,type:8,label:1,defaultValue:`false`},{name:`server_streaming`,number:6,type:8,label:1,defaultValue:`false`}]},{name:`FileOptions`,field:[{name:`java_package`,number:1,type:9,label:1},{name:`java_outer_classname`,number:8,type:9,label:1},{name:`java_multiple_files`,number:10,type:8,label:1,defaultValue:`false`,options:{}},{name:`java_generate_equals_and_hash`,number:20,type:8,label:1,options:{deprecated:!0}},{name:`java_string_check_utf8`,number:27,type:8,label:1,defaultValue:`false`},{name:`optimize_for`,number:9,type:14,label:1,typeName:`.google.protobuf.FileOptions.OptimizeMode`,defaultValue:`SPEED`},{name:`go_package`,number:11,type:9,label:1},{name:`cc_generic_services`,number:16,type:8,label:1,defaultValue:`false`},{name:`java_generic_services`,number:17,type:8,label:1,defaultValue:`false`},{name:`py_generic_services`,number:18,type:8,label:1,defaultValue:`false`},{name:`deprecated`,number:23,type:8,label:1,defaultValue:`false`},{name:`cc_enable_arenas`,number:31,type:8,label:1,defaultValue:`true`,options:{}},{name:`objc_class_prefix`,number:36,type:9,label:1},{name:`csharp_namespace`,number:37,type:9,label:1},{name:`swift_prefix`,number:39,type:9,label:1},{name:`php_class_prefix`,number:40,type:9,label:1},{name:`php_namespace`,number:41,type:9,label:1},{name:`php_metadata_namespace`,number:44,type:9,label:1},{name:`ruby_package`,number:45,type:9,label:1},{name:`features`,number:50,type:11,label:1,typeName:`.google.protobuf.FeatureSet`},{name:`uninterpreted_option`,number:999,type:11,label:3,typeName:`.google.protobuf.UninterpretedOption`}],enumType:[{name:`OptimizeMode`,value:[{name:`SPEED`,number:1},{name:`CODE_SIZE`,number:2},{name:`LITE_RUNTIME`,number:3}]}],extensionRange:[{start:990,end:999},{start:1e3,end:536870912}]},{name:`MessageOptions`,field:[{name:`message_set_wire_format`,number:1,type:8,label:1,defaultValue:`false`},{name:`no_standard_descriptor_accessor`,number:2,type:8,label:1,defaultValue:`false`},{name:`deprecated`,number:3,type:8,label:1,defaultValue:`false`},{name:`map_entry`,number:7,type:8,label:1},{name:`deprecated_legacy_json_field_conflicts`,number:11,type:8,label:1,options:{deprecated:!0}},{name:`features`,number:12,type:11,label:1,typeName:`.google.protobuf.FeatureSet`},{name:`uninterpreted_option`,number:999,type:11,label:3,typeName:`.google.protobuf.UninterpretedOption`}],extensionRange:[{start:990,end:999},{start:1e3,end:536870912}]},{name:`FieldOptions`,field:[{name:`ctype`,number:1,type:14,label:1,typeName:`.google.protobuf.FieldOptions.CType`,defaultValue:`STRING`},{name:`packed`,number:2,type:8,label:1},{name:`jstype`,number:6,type:14,label:1,typeName:`.google.protobuf.FieldOptions.JSType`,defaultValue:`JS_NORMAL`},{name:`lazy`,number:5,type:8,label:1,defaultValue:`false`},{name:`unverified_lazy`,number:15,type:8,label:1,defaultValue:`false`},{name:`deprecated`,number:3,type:8,label:1,defaultValue:`false`},{name:`weak`,number:10,type:8,label:1,defaultValue:`false`,options:{deprecated:!0}},{name:`debug_redact`,number:16,type:8,label:1,defaultValue:`false`},{name:`retention`,number:17,type:14,label:1,typeName:`.google.protobuf.FieldOptions.OptionRetention`},{name:`targets`,number:19,type:14,label:3,typeName:`.google.protobuf.FieldOptions.OptionTargetType`},{name:`edition_defaults`,number:20,type:11,label:3,typeName:`.google.protobuf.FieldOptions.EditionDefault`},{name:`features`,number:21,type:11,label:1,typeName:`.google.protobuf.FeatureSet`},{name:`feature_support`,number:22,type:11,label:1,typeName:`.google.protobuf.FieldOptions.FeatureSupport`},{name:`uninterpreted_option`,number:999,type:11,label:3,typeName:`.google.protobuf.UninterpretedOption`}],nestedType:[{name:`EditionDefault`,field:[{name:`edition`,number:3,type:14,label:1,typeName:`.google.protobuf.Edition`},{name:`value`,number:2,type:9,label:1}]},{name:`FeatureSupport`,field:[{name:`edition_introduced`,number:1,type:14,label:1,typeName:`.google.protobuf.Edition`},{name:`edition_deprecated`,number:2,type:14,label:1,typeName:`.google.protobuf.Edition`},{name:`deprecation_warning`,number:3,type:9,label:1},{name:`edition_removed`,number:4,type:14,label:1,typeName:`.google.protobuf.Edition`},{name:`removal_error`,number:5,type:9,label:1}]}],enumType:[{name:`CType`,value:[{name:`STRING`,number:0},{name:`CORD`,number:1},{name:`STRING_PIECE`,number:2}]},{name:`JSType`,value:[{name:`JS_NORMAL`,number:0},{name:`JS_STRING`,number:1},{name:`JS_NUMBER`,number:2}]},{name:`OptionRetention`,value:[{name:`RETENTION_UNKNOWN`,number:0},{name:`RETENTION_RUNTIME`,number:1},{name:`RETENTION_SOURCE`,number:2}]},{name:`OptionTargetType`,value:[{name:`TARGET_TYPE_UNKNOWN`,number:0},{name:`TARGET_TYPE_FILE`,number:1},{name:`TARGET_TYPE_EXTENSION_RANGE`,number:2},{name:`TARGET_TYPE_MESSAGE`,number:3},{name:`TARGET_TYPE_FIELD`,number:4},{name:`TARGET_TYPE_ONEOF`,number:5},{name:`TARGET_TYPE_ENUM`,number:6},{name:`TARGET_TYPE_ENUM_ENTRY`,number:7},{name:`TARGET_TYPE_SERVICE`,number:8},{name:`TARGET_TYPE_METHOD`,number:9}]}],extensionRange:[{start:990,end:999},{start:1e3,end:536870912}]},{name:`OneofOptions`,field:[{name:`features`,number:1,type:11,label:1,typeName:`.google.protobuf.FeatureSet`},{name:`uninterpreted_option`,number:999,type:11,label:3,typeName:`.google.protobuf.UninterpretedOption`}],extensionRange:[{start:990,end:999},{start:1e3,end:536870912}]},{name:`EnumOptions`,field:[{name:`allow_alias`,number:2,type:8,label:1},{name:`deprecated`,number:3,type:8,label:1,defaultValue:`false`},{name:`deprecated_legacy_json_field_conflicts`,number:6,type:8,label:1,options:{deprecated:!0}},{name:`features`,number:7,type:11,label:1,typeName:`.google.protobuf.FeatureSet`},{name:`uninterpreted_option`,number:999,type:11,label:3,typeName:`.google.protobuf.UninterpretedOption`}],extensionRange:[{start:990,end:999},{start:1e3,end:536870912}]},{name:`EnumValueOptions`,field:[{name:`deprecated`,number:1,type:8,label:1,defaultValue:`false`},{name:`features`,number:2,type:11,label:1,typeName:`.google.protobuf.FeatureSet`},{name:`debug_redact`,number:3,type:8,label:1,defaultValue:`false`},{name:`feature_support`,number:4,type:11,label:1,typeName:`.google.protobuf.FieldOptions.FeatureSupport`},{name:`uninterpreted_option`,number:999,type:11,label:3,typeName:`.google.protobuf.UninterpretedOption`}],extensionRange:[{start:990,end:999},{start:1e3,end:536870912}]},{name:`ServiceOptions`,field:[{name:`features`,number:34,type:11,label:1,typeName:`.google.protobuf.FeatureSet`},{name:`deprecated`,number:33,type:8,label:1,defaultValue:`false`},{name:`uninterpreted_option`,number:999,type:11,label:3,typeName:`.google.protobuf.UninterpretedOption`}],extensionRange:[{start:990,end:999},{start:1e3,end:536870912}]},{name:`MethodOptions`,field:[{name:`deprecated`,number:33,type:8,label:1,defaultValue:`false`},{name:`idempotency_level`,number:34,type:14,label:1,typeName:`.google.protobuf.MethodOptions.IdempotencyLevel`,defaultValue:`IDEMPOTENCY_UNKNOWN`},{name:`features`,number:35,type:11,label:1,typeName:`.google.protobuf.FeatureSet`},{name:`uninterpreted_option`,number:999,type:11,label:3,typeName:`.google.protobuf.UninterpretedOption`}],enumType:[{name:`IdempotencyLevel`,value:[{name:`IDEMPOTENCY_UNKNOWN`,number:0},{name:`NO_SIDE_EFFECTS`,number:1},{name:`IDEMPOTENT`,number:2}]}],extensionRange:[{start:990,end:999},{start:1e3,end:536870912}]},{name:`UninterpretedOption`,field:[{name:`name`,number:2,type:11,label:3,typeName:`.google.protobuf.UninterpretedOption.NamePart`},{name:`identifier_value`,number:3,type:9,label:1},{name:`positive_int_value`,number:4,type:4,label:1},{name:`negative_int_value`,number:5,type:3,label:1},{name:`double_value`,number:6,type:1,label:1},{name:`string_value`,number:7,type:12,label:1},{name:`aggregate_value`,number:8,type:9,label:1}],nestedType:[{name:`NamePart`,field:[{name:`name_part`,number:1,type:9,label:2},{name:`is_extension`,number:2,type:8,label:2}]}]},{name:`FeatureSet`,field:[{name:`field_presence`,number:1,type:14,label:1,typeName:`.google.protobuf.FeatureSet.FieldPresence`,options:{retention:1,targets:[4,1],editionDefaults:[{value:`EXPLICIT`,edition:900},{value:`IMPLICIT`,edition:999},{value:`EXPLICIT`,edition:1e3}]}},{name:`enum_type`,number:2,type:14,label:1,typeName:`.google.protobuf.FeatureSet.EnumType`,options:{retention:1,targets:[6,1],editionDefaults:[{value:`CLOSED`,edition:900},{value:`OPEN`,edition:999}]}},{name:`repeated_field_encoding`,number:3,type:14,label:1,typeName:`.google.protobuf.FeatureSet.RepeatedFieldEncoding`,options:{retention:1,targets:[4,1],editionDefaults:[{value:`EXPANDED`,edition:900},{value:`PACKED`,edition:999}]}},{name:`utf8_validation`,number:4,type:14,label:1,typeName:`.google.protobuf.FeatureSet.Utf8Validation`,options:{retention:1,targets:[4,1],editionDefaults:[{value:`NONE`,edition:900},{value:`VERIFY`,edition:999}]}},{name:`message_encoding`,number:5,type:14,label:1,typeName:`.google.protobuf.FeatureSet.MessageEncoding`,options:{retention:1,targets:[4,1],editionDefaults:[{value:`LENGTH_PREFIXED`,edition:900}]}},{name:`json_format`,number:6,type:14,label:1,typeName:`.google.protobuf.FeatureSet.JsonFormat`,options:{retention:1,targets:[3,6,1],editionDefaults:[{value:`LEGACY_BEST_EFFORT`,edition:900},{value:`ALLOW`,edition:999}]}},{name:`enforce_naming_style`,number:7,type:14,label:1,typeName:`.google.protobuf.FeatureSet.EnforceNamingStyle`,options:{retention:2,targets:[1,2,3,4,5,6,7,8,9],editionDefaults:[{value:`STYLE_LEGACY`,edition:900},{value:`STYLE2024`,edition:1001},{value:`STYLE2026`,edition:1002}]}},{name:`default_symbol_visibility`,number:8,type:14,label:1,typeName:`.google.protobuf.FeatureSet.VisibilityFeature.DefaultSymbolVisibility`,options:{retention:2,targets:[1],editionDefaults:[{value:`EXPORT_ALL`,edition:900},{value:`EXPORT_TOP_LEVEL`,edition:1001},{value:`STRICT`,edition:1002}]}},{name:`enforce_proto_limits`,number:9,type:14,label:1,typeName:`.google.protobuf.FeatureSet.ProtoLimitsFeature.EnforceProtoLimits`,options:{retention:2,targets:[6,3,4,5],editionDefaults:[{value:`LEGACY_NO_EXPLICIT_LIMITS`,edition:900},{value:`PROTO_LIMITS2026`,edition:1002}]}}],nestedType:[{name:`VisibilityFeature`,enumType:[{name:`DefaultSymbolVisibility`,value:[{name:`DEFAULT_SYMBOL_VISIBILITY_UNKNOWN`,number:0},{name:`EXPORT_ALL`,number:1},{name:`EXPORT_TOP_LEVEL`,number:2},{name:`LOCAL_ALL`,number:3},{name:`STRICT`,number:4}]}]},{name:`ProtoLimitsFeature`,enumType:[{name:`EnforceProtoLimits`,value:[{name:`PROTO_LIMITS_UNKNOWN`,number:0},{name:`LEGACY_NO_EXPLICIT_LIMITS`,number:1},{name:`PROTO_LIMITS2026`,number:2}]}]}],enumType:[{name:`FieldPresence`,value:[{name:`FIELD_PRESENCE_UNKNOWN`,number:0},{name:`EXPLICIT`,number:1},{name:`IMPLICIT`,number:2},{name:`LEGACY_REQUIRED`,number:3}]},{name:`EnumType`,value:[{name:`ENUM_TYPE_UNKNOWN`,number:0},{name:`OPEN`,number:1},{name:`CLOSED`,number:2}]},{name:`RepeatedFieldEncoding`,value:[{name:`REPEATED_FIELD_ENCODING_UNKNOWN`,number:0},{name:`PACKED`,number:1},{name:`EXPANDED`,number:2}]},{name:`Utf8Validation`,value:[{name:`UTF8_VALIDATION_UNKNOWN`,number:0},{name:`VERIFY`,number:2},{name:`NONE`,number:3}]},{name:`MessageEncoding`,value:[{name:`MESSAGE_ENCODING_UNKNOWN`,number:0},{name:`LENGTH_PREFIXED`,number:1},{name:`DELIMITED`,number:2}]},{name:`JsonFormat`,value:[{name:`JSON_FORMAT_UNKNOWN`,number:0},{name:`ALLOW`,number:1},{name:`LEGACY_BEST_EFFORT`,number:2}]},{name:`EnforceNamingStyle`,value:[{name:`ENFORCE_NAMING_STYLE_UNKNOWN`,number:0},{name:`STYLE2024`,number:1},{name:`STYLE_LEGACY`,number:2},{name:`STYLE2026`,number:3}]}],extensionRange:[{start:1e3,end:9995},{start:9995,end:1e4},{start:1e4,end:10001}]},{name:`FeatureSetDefaults`,field:[{name:`defaults`,number:1,type:11,label:3,typeName:`.google.protobuf.FeatureSetDefaults.FeatureSetEditionDefault`},{name:`minimum_edition`,number:4,type:14,label:1,typeName:`.google.protobuf.Edition`},{name:`maximum_edition`,number:5,type:14,label:1,typeName:`.google.protobuf.Edition`}],nestedType:[{name:`FeatureSetEditionDefault`,field:[{name:`edition`,number:3,type:14,label:1,typeName:`.google.protobuf.Edition`},{name:`overridable_features`,number:4,type:11,label:1,typeName:`.google.protobuf.FeatureSet`},{name:`fixed_features`,number:5,type:11,label:1,typeName:`.google.protobuf.FeatureSet`}]}]},{name:`SourceCodeInfo`,field:[{name:`location`,number:1,type:11,label:3,typeName:`.google.protobuf.SourceCodeInfo.Location`}],nestedType:[{name:`Location`,field:[{name:`path`,number:1,type:5,label:3,options:{packed:!0}},{name:`span`,number:2,type:5,label:3,options:{packed:!0}},{name:`leading_comments`,number:3,type:9,label:1},{name:`trailing_comments`,number:4,type:9,label:1},{name:`leading_detached_comments`,number:6,type:9,label:3}]}],extensionRange:[{start:536e6,end:536000001}]},{name:`GeneratedCodeInfo`,field:[{name:`annotation`,number:1,type:11,label:3,typeName:`.google.protobuf.GeneratedCodeInfo.Annotation`}],nestedType:[{name:`Annotation`,field:[{name:`path`,number:1,type:5,label:3,options:{packed:!0}},{name:`source_file`,number:2,type:9,label:1},{name:`begin`,number:3,type:5,label:1},{name:`end`,number:4,type:5,label:1},{name:`semantic`,number:5,type:14,label:1,typeName:`.google.protobuf.GeneratedCodeInfo.Annotation.Semantic`}],enumType:[{name:`Semantic`,value:[{name:`NONE`,number:0},{name:`SET`,number:1},{name:`ALIAS`,number:2}]}]}]}],enumType:[{name:`Edition`,value:[{name:`EDITION_UNKNOWN`,number:0},{name:`EDITION_LEGACY`,number:900},{name:`EDITION_PROTO2`,number:998},{name:`EDITION_PROTO3`,number:999},{name:`EDITION_2023`,number:1e3},{name:`EDITION_2024`,number:1001},{name:`EDITION_2026`,number:1002},{name:`EDITION_UNSTABLE`,number:9999},{name:`EDITION_1_TEST_ONLY`,number:1},{name:`EDITION_2_TEST_ONLY`,number:2},{name:`EDITION_99997_TEST_ONLY`,number:99997},{name:`EDITION_99998_TEST_ONLY`,number:99998},{name:`EDITION_99999_TEST_ONLY`,number:99999},{name:`EDITION_MAX`,number:2147483647}]},{name:`SymbolVisibility`,value:[{name:`VISIBILITY_UNSET`,number:0},{name:`VISIBILITY_LOCAL`,number:1},{name:`VISIBILITY_EXPORT`,number:2}]}]}),No=V(Mo,1),Po;(function(e){e[e.DECLARATION=0]=`DECLARATION`,e[e.UNVERIFIED=1]=`UNVERIFIED`})(Po||={});var Fo;(function(e){e[e.DOUBLE=1]=`DOUBLE`,e[e.FLOAT=2]=`FLOAT`,e[e.INT64=3]=`INT64`,e[e.UINT64=4]=`UINT64`,e[e.INT32=5]=`INT32`,e[e.FIXED64=6]=`FIXED64`,e[e.FIXED32=7]=`FIXED32`,e[e.BOOL=8]=`BOOL`,e[e.STRING=9]=`STRING`,e[e.GROUP=10]=`GROUP`,e[e.MESSAGE=11]=`MESSAGE`,e[e.BYTES=12]=`BYTES`,e[e.UINT32=13]=`UINT32`,e[e.ENUM=14]=`ENUM`,e[e.SFIXED32=15]=`SFIXED32`,e[e.SFIXED64=16]=`SFIXED64`,e[e.SINT32=17]=`SINT32`,e[e.SINT64=18]=`SINT64`})(Fo||={});var Io;(function(e){e[e.OPTIONAL=1]=`OPTIONAL`,e[e.REPEATED=3]=`REPEATED`,e[e.REQUIRED=2]=`REQUIRED`})(Io||={});var Lo;(function(e){e[e.SPEED=1]=`SPEED`,e[e.CODE_SIZE=2]=`CODE_SIZE`,e[e.LITE_RUNTIME=3]=`LITE_RUNTIME`})(Lo||={});var Ro;(function(e){e[e.STRING=0]=`STRING`,e[e.CORD=1]=`CORD`,e[e.STRING_PIECE=2]=`STRING_PIECE`})(Ro||={});var zo;(function(e){e[e.JS_NORMAL=0]=`JS_NORMAL`,e[e.JS_STRING=1]=`JS_STRING`,e[e.JS_NUMBER=2]=`JS_NUMBER`})(zo||={});var Bo;(function(e){e[e.RETENTION_UNKNOWN=0]=`RETENTION_UNKNOWN`,e[e.RETENTION_RUNTIME=1]=`RETENTION_RUNTIME`,e[e.RETENTION_SOURCE=2]=`RETENTION_SOURCE`})(Bo||={});var Vo;(function(e){e[e.TARGET_TYPE_UNKNOWN=0]=`TARGET_TYPE_UNKNOWN`,e[e.TARGET_TYPE_FILE=1]=`TARGET_TYPE_FILE`,e[e.TARGET_TYPE_EXTENSION_RANGE=2]=`TARGET_TYPE_EXTENSION_RANGE`,e[e.TARGET_TYPE_MESSAGE=3]=`TARGET_TYPE_MESSAGE`,e[e.TARGET_TYPE_FIELD=4]=`TARGET_TYPE_FIELD`,e[e.TARGET_TYPE_ONEOF=5]=`TARGET_TYPE_ONEOF`,e[e.TARGET_TYPE_ENUM=6]=`TARGET_TYPE_ENUM`,e[e.TARGET_TYPE_ENUM_ENTRY=7]=`TARGET_TYPE_ENUM_ENTRY`,e[e.TARGET_TYPE_SERVICE=8]=`TARGET_TYPE_SERVICE`,e[e.TARGET_TYPE_METHOD=9]=`TARGET_TYPE_METHOD`})(Vo||={});var Ho;(function(e){e[e.IDEMPOTENCY_UNKNOWN=0]=`IDEMPOTENCY_UNKNOWN`,e[e.NO_SIDE_EFFECTS=1]=`NO_SIDE_EFFECTS`,e[e.IDEMPOTENT=2]=`IDEMPOTENT`})(Ho||={});var Uo;(function(e){e[e.DEFAULT_SYMBOL_VISIBILITY_UNKNOWN=0]=`DEFAULT_SYMBOL_VISIBILITY_UNKNOWN`,e[e.EXPORT_ALL=1]=`EXPORT_ALL`,e[e.EXPORT_TOP_LEVEL=2]=`EXPORT_TOP_LEVEL`,e[e.LOCAL_ALL=3]=`LOCAL_ALL`,e[e.STRICT=4]=`STRICT`})(Uo||={});var Wo;(function(e){e[e.PROTO_LIMITS_UNKNOWN=0]=`PROTO_LIMITS_UNKNOWN`,e[e.LEGACY_NO_EXPLICIT_LIMITS=1]=`LEGACY_NO_EXPLICIT_LIMITS`,e[e.PROTO_LIMITS2026=2]=`PROTO_LIMITS2026`})(Wo||={});var Go;(function(e){e[e.FIELD_PRESENCE_UNKNOWN=0]=`FIELD_PRESENCE_UNKNOWN`,e[e.EXPLICIT=1]=`EXPLICIT`,e[e.IMPLICIT=2]=`IMPLICIT`,e[e.LEGACY_REQUIRED=3]=`LEGACY_REQUIRED`})(Go||={});var Ko;(function(e){e[e.ENUM_TYPE_UNKNOWN=0]=`ENUM_TYPE_UNKNOWN`,e[e.OPEN=1]=`OPEN`,e[e.CLOSED=2]=`CLOSED`})(Ko||={});var qo;(function(e){e[e.REPEATED_FIELD_ENCODING_UNKNOWN=0]=`REPEATED_FIELD_ENCODING_UNKNOWN`,e[e.PACKED=1]=`PACKED`,e[e.EXPANDED=2]=`EXPANDED`})(qo||={});var Jo;(function(e){e[e.UTF8_VALIDATION_UNKNOWN=0]=`UTF8_VALIDATION_UNKNOWN`,e[e.VERIFY=2]=`VERIFY`,e[e.NONE=3]=`NONE`})(Jo||={});var Yo;(function(e){e[e.MESSAGE_ENCODING_UNKNOWN=0]=`MESSAGE_ENCODING_UNKNOWN`,e[e.LENGTH_PREFIXED=1]=`LENGTH_PREFIXED`,e[e.DELIMITED=2]=`DELIMITED`})(Yo||={});var Xo;(function(e){e[e.JSON_FORMAT_UNKNOWN=0]=`JSON_FORMAT_UNKNOWN`,e[e.ALLOW=1]=`ALLOW`,e[e.LEGACY_BEST_EFFORT=2]=`LEGACY_BEST_EFFORT`})(Xo||={});var Zo;(function(e){e[e.ENFORCE_NAMING_STYLE_UNKNOWN=0]=`ENFORCE_NAMING_STYLE_UNKNOWN`,e[e.STYLE2024=1]=`STYLE2024`,e[e.STYLE_LEGACY=2]=`STYLE_LEGACY`,e[e.STYLE2026=3]=`STYLE2026`})(Zo||={});var Qo;(function(e){e[e.NONE=0]=`NONE`,e[e.SET=1]=`SET`,e[e.ALIAS=2]=`ALIAS`})(Qo||={});var $o;(function(e){e[e.EDITION_UNKNOWN=0]=`EDITION_UNKNOWN`,e[e.EDITION_LEGACY=900]=`EDITION_LEGACY`,e[e.EDITION_PROTO2=998]=`EDITION_PROTO2`,e[e.EDITION_PROTO3=999]=`EDITION_PROTO3`,e[e.EDITION_2023=1e3]=`EDITION_2023`,e[e.EDITION_2024=1001]=`EDITION_2024`,e[e.EDITION_2026=1002]=`EDITION_2026`,e[e.EDITION_UNSTABLE=9999]=`EDITION_UNSTABLE`,e[e.EDITION_1_TEST_ONLY=1]=`EDITION_1_TEST_ONLY`,e[e.EDITION_2_TEST_ONLY=2]=`EDITION_2_TEST_ONLY`,e[e.EDITION_99997_TEST_ONLY=99997]=`EDITION_99997_TEST_ONLY`,e[e.EDITION_99998_TEST_ONLY=99998]=`EDITION_99998_TEST_ONLY`,e[e.EDITION_99999_TEST_ONLY=99999]=`EDITION_99999_TEST_ONLY`,e[e.EDITION_MAX=2147483647]=`EDITION_MAX`})($o||={});var es;(function(e){e[e.VISIBILITY_UNSET=0]=`VISIBILITY_UNSET`,e[e.VISIBILITY_LOCAL=1]=`VISIBILITY_LOCAL`,e[e.VISIBILITY_EXPORT=2]=`VISIBILITY_EXPORT`})(es||={});function ts(e,t,...n){if(n.length==0)return e.extensions[t];let r=n.pop();return n.reduce((e,t)=>e.nestedMessages[t],e.messages[t]).nestedExtensions[r]}function ns(e){return Object.assign(Object.assign({readUnknownFields:!0,recursionLimit:100},e),{depth:0})}function rs(e,t,n){let r=z(e);return as(e).read(r,new Hr(t),ns(n),t.byteLength),r}var is=new WeakMap;function as(e){let t=is.get(e);return t===void 0&&(t=os(e)),t}function os(e){let t=String(e),n=new Map,r={read:ss(t,n),readGroup:cs(t,n)};is.set(e,r);for(let t of e.fields)n.set(t.number,us(t));return r}function ss(e,t){return(n,r,i,a)=>{if(++i.depth>i.recursionLimit)throw Error(`cannot decode ${e} from binary: maximum recursion depth of ${i.recursionLimit} reached`);let o=r.pos+a,s=n.$unknown??[];for(;r.pos<o;){let[e,a]=r.tag(),o=t.get(e);if(o===void 0){let t=r.skip(a,e,i.recursionLimit-i.depth);i.readUnknownFields&&s.push({no:e,wireType:a,data:t})}else o(n,r,i,a)}s.length>0&&(n.$unknown=s),i.depth--}}function cs(e,t){return(n,r,i,a)=>{if(++i.depth>i.recursionLimit)throw Error(`cannot decode ${e} from binary: maximum recursion depth of ${i.recursionLimit} reached`);let o,s,c=n.$unknown??[];for(;r.pos<r.len&&([o,s]=r.tag(),s!=L.EndGroup);){let e=t.get(o);if(e===void 0){let e=r.skip(s,o,i.recursionLimit-i.depth);i.readUnknownFields&&c.push({no:o,wireType:s,data:e})}else e(n,r,i,s)}if(s!=L.EndGroup||o!==a)throw Error(`invalid end group tag`);c.length>0&&(n.$unknown=c),i.depth--}}function ls(e,t,n,r,i){us(n)(e[I],t,i,r)}function us(e){switch(e.fieldKind){case`scalar`:return ds(e);case`enum`:return fs(e);case`message`:return ps(e);case`list`:return hs(e);case`map`:return gs(e)}}function ds(e){let t=_s(e.scalar,e.utf8Validation,e.longAsString),n=e.localName;if(e.oneof){let r=e.oneof.localName;return(e,i)=>{e[r]={case:n,value:t(i)}}}return(e,r)=>{e[n]=t(r)}}function fs(e){let t=e.localName,n=e.oneof?.localName;if(e.enum.open)return n===void 0?(e,n)=>{e[t]=n.int32()}:(e,r)=>{e[n]={case:t,value:r.int32()}};let r=e.enum.values,i=e.number;return(e,a,o,s)=>{let c=a.int32();if(r.some(e=>e.number===c))n===void 0?e[t]=c:e[n]={case:t,value:c};else if(o.readUnknownFields){let t=[];ur(c,t);let n=e.$unknown??[];n.push({no:i,wireType:s,data:new Uint8Array(t)}),e.$unknown=n}}}function ps(e){let t=e.localName,{toMessage:n,toLocal:r}=Na(e),i=ms(e);if(e.oneof){let a=e.oneof.localName;return(e,o,s)=>{let c=e[a],l=n(c.case===t?c.value:void 0);i(l,o,s),e[a]={case:t,value:r(l)}}}return(e,a,o)=>{let s=n(e[t]);i(s,a,o),e[t]=r(s)}}function ms(e){let t=as(e.message);if(e.delimitedEncoding){let n=e.number;return(e,r,i)=>t.readGroup(e,r,i,n)}return(e,n,r)=>t.read(e,n,r,n.uint32())}function hs(e){let t=e.localName;if(e.listKind==`message`){let{toMessage:n,toLocal:r}=Na(e),i=ms(e);return(e,a,o)=>{let s=n(void 0);i(s,a,o),e[t].push(r(s))}}let n=e.listKind==`enum`?F.INT32:e.scalar,r=e.listKind==`scalar`&&e.longAsString,i=_s(n,e.utf8Validation,r),a=n!=F.STRING&&n!=F.BYTES;return(e,n,r,o)=>{let s=e[t];if(o==L.LengthDelimited&&a){let e=n.uint32()+n.pos;for(;n.pos<e;)s.push(i(n))}else s.push(i(n))}}function gs(e){let t=e.localName,n=_s(e.mapKey,e.utf8Validation,!1),r=hr(e.mapKey,!1),i,a;switch(e.mapKind){case`scalar`:{let t=e.scalar,n=_s(t,e.utf8Validation,!1);if(i=e=>n(e),t==F.BYTES)a=()=>new Uint8Array;else{let e=hr(t,!1);a=()=>e}break}case`enum`:{let t=e.enum.values[0].number;i=e=>e.int32(),a=()=>t;break}case`message`:{let{toMessage:t,toLocal:n}=Na(e),r=as(e.message).read;i=(e,i,a)=>{let o=t(a);return r(o,e,i,e.uint32()),n(o)},a=()=>n(t(void 0));break}}return(e,o,s)=>{let c=e[t],l,u,d=o.uint32(),f=o.pos+d;for(;o.pos<f;){let[e,t]=o.tag();switch(e){case 1:l=n(o);break;case 2:u=i(o,s,u);break;default:o.skip(t,e,s.recursionLimit-s.depth)}}l===void 0&&(l=r),u===void 0&&(u=a()),Cr(c,l,u)}}function _s(e,t,n){switch(e){case F.STRING:return e=>e.string(t);case F.BOOL:return e=>e.bool();case F.DOUBLE:return e=>e.double();case F.FLOAT:return e=>e.float();case F.INT32:return e=>e.int32();case F.INT64:return n?e=>String(e.int64()):e=>e.int64();case F.UINT64:return n?e=>String(e.uint64()):e=>e.uint64();case F.FIXED64:return n?e=>String(e.fixed64()):e=>e.fixed64();case F.BYTES:return e=>e.bytes();case F.FIXED32:return e=>e.fixed32();case F.SFIXED32:return e=>e.sfixed32();case F.SFIXED64:return n?e=>String(e.sfixed64()):e=>e.sfixed64();case F.SINT64:return n?e=>String(e.sint64()):e=>e.sint64();case F.UINT32:return e=>e.uint32();case F.SINT32:return e=>e.sint32()}}function H(e,t){let n=rs(No,Ji(e));return n.messageType.forEach(Er),n.dependency=t?.map(e=>e.proto.name)??[],Kr(n,e=>t?.find(t=>t.proto.name===e)).getFile(n.name)}function U(e,t,...n){if(n.length>0)throw Error();return e.services[t]}var vs=H(btoa(`
google/api/http.proto
google.api"T
Http#
rules (\v2.google.api.HttpRule'
fully_decode_reserved_expansion (\b"
\bHttpRule
\bselector (	\r
get (	H\0\r
put (	H\0
post (	H\0
delete (	H\0
patch (	H\0/
custom\b (\v2.google.api.CustomHttpPatternH\0\f
body\x07 (	
\rresponse_body\f (	1
additional_bindings\v (\v2.google.api.HttpRuleB	
\x07pattern"/
CustomHttpPattern\f
kind (	\f
path (	Bg
com.google.apiB	HttpProtoPZAgoogle.golang.org/genproto/googleapis/api/annotations;annotations¢GAPIbproto3`)),W=H(`Ch9nb29nbGUvcHJvdG9idWYvdGltZXN0YW1wLnByb3RvEg9nb29nbGUucHJvdG9idWYiKwoJVGltZXN0YW1wEg8KB3NlY29uZHMYASABKAMSDQoFbmFub3MYAiABKAVChQEKE2NvbS5nb29nbGUucHJvdG9idWZCDlRpbWVzdGFtcFByb3RvUAFaMmdvb2dsZS5nb2xhbmcub3JnL3Byb3RvYnVmL3R5cGVzL2tub3duL3RpbWVzdGFtcHBi+AEBogIDR1BCqgIeR29vZ2xlLlByb3RvYnVmLldlbGxLbm93blR5cGVzYgZwcm90bzM`),ys=V(W,0),bs=H(`Ch5nb29nbGUvcHJvdG9idWYvZHVyYXRpb24ucHJvdG8SD2dvb2dsZS5wcm90b2J1ZiIqCghEdXJhdGlvbhIPCgdzZWNvbmRzGAEgASgDEg0KBW5hbm9zGAIgASgFQoMBChNjb20uZ29vZ2xlLnByb3RvYnVmQg1EdXJhdGlvblByb3RvUAFaMWdvb2dsZS5nb2xhbmcub3JnL3Byb3RvYnVmL3R5cGVzL2tub3duL2R1cmF0aW9ucGL4AQGiAgNHUEKqAh5Hb29nbGUuUHJvdG9idWYuV2VsbEtub3duVHlwZXNiBnByb3RvMw`),xs=H(`Chlnb29nbGUvcHJvdG9idWYvYW55LnByb3RvEg9nb29nbGUucHJvdG9idWYiJgoDQW55EhAKCHR5cGVfdXJsGAEgASgJEg0KBXZhbHVlGAIgASgMQnYKE2NvbS5nb29nbGUucHJvdG9idWZCCEFueVByb3RvUAFaLGdvb2dsZS5nb2xhbmcub3JnL3Byb3RvYnVmL3R5cGVzL2tub3duL2FueXBiogIDR1BCqgIeR29vZ2xlLlByb3RvYnVmLldlbGxLbm93blR5cGVzYgZwcm90bzM`),Ss=V(xs,0);function Cs(e,t,n){let r=!1;return n||(n=z(Ss),r=!0),n.value=Ua(e,t),n.typeUrl=Es(t.$typeName),r?n:void 0}function ws(e,t){return e.typeUrl!==``&&(typeof t==`string`?t:t.typeName)===Ds(e.typeUrl)}function Ts(e,t){if(e.typeUrl===``)return;let n=t.kind==`message`?t:t.getMessage(Ds(e.typeUrl));if(n&&ws(e,n))return rs(n,e.value)}function Es(e){return`type.googleapis.com/${e}`}function Ds(e){let t=e.lastIndexOf(`/`),n=t>=0?e.substring(t+1):e;if(!n.length)throw Error(`invalid type url: ${e}`);return n}var Os=H(`Chxnb29nbGUvcHJvdG9idWYvc3RydWN0LnByb3RvEg9nb29nbGUucHJvdG9idWYihAEKBlN0cnVjdBIzCgZmaWVsZHMYASADKAsyIy5nb29nbGUucHJvdG9idWYuU3RydWN0LkZpZWxkc0VudHJ5GkUKC0ZpZWxkc0VudHJ5EgsKA2tleRgBIAEoCRIlCgV2YWx1ZRgCIAEoCzIWLmdvb2dsZS5wcm90b2J1Zi5WYWx1ZToCOAEi6gEKBVZhbHVlEjAKCm51bGxfdmFsdWUYASABKA4yGi5nb29nbGUucHJvdG9idWYuTnVsbFZhbHVlSAASFgoMbnVtYmVyX3ZhbHVlGAIgASgBSAASFgoMc3RyaW5nX3ZhbHVlGAMgASgJSAASFAoKYm9vbF92YWx1ZRgEIAEoCEgAEi8KDHN0cnVjdF92YWx1ZRgFIAEoCzIXLmdvb2dsZS5wcm90b2J1Zi5TdHJ1Y3RIABIwCgpsaXN0X3ZhbHVlGAYgASgLMhouZ29vZ2xlLnByb3RvYnVmLkxpc3RWYWx1ZUgAQgYKBGtpbmQiMwoJTGlzdFZhbHVlEiYKBnZhbHVlcxgBIAMoCzIWLmdvb2dsZS5wcm90b2J1Zi5WYWx1ZSobCglOdWxsVmFsdWUSDgoKTlVMTF9WQUxVRRAAQn8KE2NvbS5nb29nbGUucHJvdG9idWZCC1N0cnVjdFByb3RvUAFaL2dvb2dsZS5nb2xhbmcub3JnL3Byb3RvYnVmL3R5cGVzL2tub3duL3N0cnVjdHBi+AEBogIDR1BCqgIeR29vZ2xlLlByb3RvYnVmLldlbGxLbm93blR5cGVzYgZwcm90bzM`),ks=V(Os,0),As=V(Os,1),js=V(Os,2),Ms;(function(e){e[e.NULL_VALUE=0]=`NULL_VALUE`})(Ms||={});var G=H(btoa(`
google/api/annotations.proto
google.api:K
http.google.protobuf.MethodOptions°Ê¼" (\v2.google.api.HttpRuleRhttpBn
com.google.apiBAnnotationsProtoPZAgoogle.golang.org/genproto/googleapis/api/annotations;annotations¢GAPIbproto3`),[vs,Mo]),Ns=ts(G,0),K=H(btoa(`
sigma/v1/options.proto\bsigma.v1:A
\vrest_status.google.protobuf.MethodOptionsµ (R
restStatus:@

permission.google.protobuf.MethodOptions¶ (	R
permission:8
public.google.protobuf.MethodOptions· (\bRpublic:E
\rbody_required.google.protobuf.MethodOptions¸ (\bR\fbodyRequired:?

plain_text.google.protobuf.MethodOptions¹ (	R	plainText:?

resumed_by.google.protobuf.MethodOptionsº (	R	resumedBy:?

counted_as.google.protobuf.MethodOptions» (	R	countedAs:I
ignores_unknown.google.protobuf.MethodOptions¾ (\bRignoresUnknown:=
	sensitive.google.protobuf.FieldOptions (\bR	sensitive:@
\vomit_absent.google.protobuf.FieldOptions (\bR
omitAbsent:<
	grpc_only.google.protobuf.FieldOptions (\bR\bgrpcOnly:7
inline.google.protobuf.FieldOptions (\bRinline::
\bkeyed_by.google.protobuf.FieldOptions (	R\x07keyedBy:>

sole_value.google.protobuf.FieldOptions (\bR	soleValue:<
	max_items.google.protobuf.FieldOptions (R\bmaxItemsbproto3`),[Mo]),Ps=ts(K,1),Fs=ts(K,2),Is=ts(K,8),Ls=ts(K,11),Rs=ts(K,12),zs=ts(K,13),Bs=H(btoa(`
sigma/v1/branding.proto\bsigma.v1"
\bBranding\f
name (	\f
logo (	
colour (	
\vtext_colour (	
\vsupport_url (	
\bcontrast (H\0B\v
	_contrast"
GetBrandingRequest"Y
GetBrandingResponse
own (\v2.sigma.v1.Branding!
shown (\v2.sigma.v1.Branding"Ã
UpdateBrandingRequest
name (	H\0
logo (	H
colour (	H
\vtext_colour (	H
\vsupport_url (	HB\x07
_nameB\x07
_logoB	
\x07_colourB
\f_text_colourB
\f_support_url"\\
UpdateBrandingResponse
own (\v2.sigma.v1.Branding!
shown (\v2.sigma.v1.Branding2
BrandingService{
\vGetBranding.sigma.v1.GetBrandingRequest.sigma.v1.GetBrandingResponse"/²»\rsettings.readÓä/v1/extension/branding
UpdateBranding.sigma.v1.UpdateBrandingRequest .sigma.v1.UpdateBrandingResponse"7²»settings.writeÀ»Óä\x1B:*/v1/extension/brandingbproto3`),[G,K]),Vs=U(Bs,0),Hs=U(H(btoa(`
sigma/v1/metadata.proto\bsigma.v1"k
\vSchemaField\f
name (	\f
type (	
\brequired (\b
\vdescription (	BÐÁH\0B
\f_description"v
\fModuleSchema
\vmodule_name (	/
fields (\v2.sigma.v1.SchemaFieldB\bêÁname
note (	BÐÁH\0B\x07
_note"\x1B
GetCanonicalSchemaRequest"V
GetCanonicalSchemaResponse8
\x07modules (\v2.sigma.v1.ModuleSchemaBêÁ\vmodule_name"0
\vAdapterNote\r
field (	
text (	BðÁ"§
\rModuleAdapter
\vmodule_name (	
moodle_endpoint (	1
\x07mapping (\v2.sigma.v1.AdapterNoteB	êÁfield5
\vconstraints (\v2.sigma.v1.AdapterNoteB	êÁfield"
GetMoodleAdapterRequest"g
GetMoodleAdapterResponse=
\x07modules (\v2.sigma.v1.ModuleAdapterBàÁêÁ\vmodule_name\f
note (	"}
\bFieldUse\f
form (	\v
use (	
\ftarget_field (	BÐÁH\0
reason (	BÐÁHB
\r_target_fieldB	
\x07_reason"
CanonicalField
\vmodule_name (	\f
name (	\f
type (	
\brequired (\b

max_length (BÐÁH\0!
default_source (	BÐÁH
\vdescription\x07 (	BÐÁH 
uses\b (\v2.sigma.v1.FieldUseB\r
\v_max_lengthB
_default_sourceB
\f_description"
ListFieldsRequest">
ListFieldsResponse(
fields (\v2.sigma.v1.CanonicalField"§
TransformParameter\f
name (	\f
type (	
\x07accepts (	\r
words (	
\brequired (\b 
\rdefault_value (	BÐÁH\0
\x07meaning\x07 (	B
_default_value"
TransformExample0
transform_rules (\v2.google.protobuf.Struct'
record (\v2.google.protobuf.Struct\r
value (	
result (	"
	Transform\f
name (	
\x07meaning (	0

parameters (\v2.sigma.v1.TransformParameter+
\x07example (\v2.sigma.v1.TransformExample"B
\rErrorCodeText
\blanguage (	
\x07message (	
remedy (	"
	ErrorCode\f
code (	\r
class (	
\bprovider (	
effect (	&
texts (\v2.sigma.v1.ErrorCodeText
screen (	"
ListErrorCodesRequest"<
ListErrorCodesResponse"
codes (\v2.sigma.v1.ErrorCode"
ListTransformsRequest"A
ListTransformsResponse'

transforms (\v2.sigma.v1.Transform"¡
\fServerLimits
	page_size (
\rpage_size_max (
\x07ids_max (
	session_s (
\rsession_max_s (
session_code_s (
\fstream_max_s\x07 ("
GetServerInfoRequest"
GetServerInfoResponse\f
name (	
\x07version (	
\vapi_version (	\f
mode (	/
\vserver_time (\v2.google.protobuf.Timestamp
	languages (	&
limits\x07 (\v2.sigma.v1.ServerLimits
claims_sessions\b (\b
parent_origins	 (	$
\bbranding
 (\v2.sigma.v1.Branding"=
ListZohoFieldsRequest
\vmodule_name (	
\x07refresh (\b"+

ZohoChoice
stored (	\r
shown (	"ï
	ZohoField
\bapi_name (	\r
label (	\f
type (	

max_length (BÐÁH\0
\brequired (\b
unique (\b
\breadable\x07 (\b
\bwritable\b (\b%
\x07choices	 (\v2.sigma.v1.ZohoChoice
single_read_only
 (\bB\r
\v_max_length"Ù
ListZohoFieldsResponse
\vzoho_module (	#
fields (\v2.sigma.v1.ZohoField+
\x07read_at (\v2.google.protobuf.Timestamp
\fmissing_code (	BÐÁH\0
\x07missing (	BÐÁHB
\r_missing_codeB

\b_missing"L
SearchZohoRecordsRequest
\vmodule_name (	\f
text (	\r
limit (",

ZohoRecord
\x07zoho_id (	\r
label (	"W
SearchZohoRecordsResponse
\vzoho_module (	%
\x07records (\v2.sigma.v1.ZohoRecord2å	
MetadataService{
\rGetServerInfo.sigma.v1.GetServerInfoRequest.sigma.v1.GetServerInfoResponse")¸»Óä/v1/extension/metadata/serverª
GetCanonicalSchema#.sigma.v1.GetCanonicalSchemaRequest$.sigma.v1.GetCanonicalSchemaResponse"I²»\rmetadata.readÓä2b\x07modules'/v1/extension/metadata/canonical-schema
GetMoodleAdapter!.sigma.v1.GetMoodleAdapterRequest".sigma.v1.GetMoodleAdapterResponse">²»\rmetadata.readÓä'%/v1/extension/metadata/moodle-adapter

ListFields\x1B.sigma.v1.ListFieldsRequest.sigma.v1.ListFieldsResponse">²»\rmetadata.readÓä'bfields/v1/extension/metadata/fields
ListTransforms.sigma.v1.ListTransformsRequest .sigma.v1.ListTransformsResponse"F²»\rmetadata.readÓä/b
transforms!/v1/extension/metadata/transforms
ListErrorCodes.sigma.v1.ListErrorCodesRequest .sigma.v1.ListErrorCodesResponse"B²»\rmetadata.readÓä+bcodes"/v1/extension/metadata/error-codes
ListZohoFields.sigma.v1.ListZohoFieldsRequest .sigma.v1.ListZohoFieldsResponse"I²»\rmetadata.readÓä20/v1/extension/metadata/zoho/{module_name}/fields¨
SearchZohoRecords".sigma.v1.SearchZohoRecordsRequest#.sigma.v1.SearchZohoRecordsResponse"J²»\rmapping.writeÓä31/v1/extension/metadata/zoho/{module_name}/recordsbproto3`),[G,Os,W,Bs,K]),0);function q(e,t){return n=>{let r=M.value===`ar`?t:e;return typeof r==`string`?r:r(n)}}function Us(e,t,n){return new Intl.PluralRules(e,n).select(Number(t))}var Ws=q(`Get help`,`طلب المساعدة`),Gs=q(`Person`,`ملف طالب`),Ks=q(`Record`,`سجل`),qs=q(`Overview`,`نظرة عامة`),Js=q(`Runs`,`المزامنة`),Ys=q(`Run`,`عملية مزامنة`),Xs=q(`Held run`,`عملية بانتظار الموافقة`),Zs=q(`People`,`الطلاب`),Qs=q(`Modules`,`الوحدات`),$s=q(`Mappings`,`ربط الحقول`),ec=q(`Connections`,`الاتصالات`),tc=q(`Keys and sessions`,`المفاتيح والجلسات`),nc=q(`Audit log`,`سجل التدقيق`),rc=q(`Schools`,`المدارس`),ic=q(`Main navigation`,`التنقل الرئيسي`),ac=q(`Every day`,`كل يوم`),oc=q(`Set up`,`الإعداد`),sc=q(`Access`,`الصلاحيات`),cc=q(`More`,`المزيد`),lc=q(`Skip to the content`,`انتقل إلى المحتوى`),uc=q(`Programs`,`البرامج`),dc=q(`Units`,`المقررات`),fc=q(`Students`,`الطلاب`),pc=q(`Classes`,`الشُّعب`),mc=q(`Registrations`,`التسجيل في البرامج`),hc=q(`Enrolments`,`التسجيل في الشُّعب`),gc=q(`Payments`,`المدفوعات`),_c=q(`Grades`,`الدرجات`),vc=q(`platform operator`,`مشغّل المنصة`),yc=q(`owner`,`مالك`),bc=q(`operator`,`مشغّل`),xc=q(`viewer`,`مطّلع`),Sc=q(`Queued`,`في قائمة الانتظار`),Cc=q(`Running`,`قيد التنفيذ`),wc=q(`Waits for approval`,`بانتظار الموافقة`),Tc=q(`Completed`,`مكتملة`),Ec=q(`Completed with failures`,`مكتملة مع أخطاء`),Dc=q(`Failed`,`فشلت`),Oc=q(`Cancelled`,`أُلغيت`),kc=q(`By hand`,`يدويًا`),Ac=q(`Retry`,`إعادة محاولة`),jc=q(`Schedule`,`حسب الجدول`),Mc=q(`Change in Zoho`,`تغيير في Zoho`),Nc=q(`Arrival of a parent record`,`وصول سجل أساسي`),Pc=q(`Whole school`,`المدرسة كاملة`),Fc=q(`Waiting for its turn`,`بانتظار الدور`),Ic=q(`Reading`,`جارٍ القراءة`),Lc=q(`Planning`,`جارٍ التخطيط`),Rc=q(`Writing`,`جارٍ الكتابة`),zc=q(`Done`,`انتهت`),Bc=q(`New`,`جديد`),Vc=q(`Updated`,`مُحدَّث`),Hc=q(`Unchanged`,`دون تغيير`),Uc=q(`Skipped`,`تم تخطيه`),Wc=q(`Failed`,`فشل`),Gc=q(`With a warning`,`مع تنبيه`),Kc=q(`created`,`إنشاء`),qc=q(`linked`,`ربط`),Jc=q(`updated`,`تحديث`),Yc=q(`suspended`,`إيقاف`),Xc=q(`reactivated`,`إعادة تفعيل`),Zc=q(`unenrolled`,`إلغاء تسجيل`),Qc=q(`To mend in the school's own data or mapping`,`يُصلَح في بيانات المدرسة أو ربط الحقول`),$c=q(`Refused by the other system`,`رفضه النظام الآخر`),el=q(`Will be tried again`,`ستُعاد المحاولة`),tl=q(`A matter of the request`,`يتعلق بالطلب نفسه`),nl=q(`switched off`,`متوقف`),rl=q(`not fully set up`,`إعداده غير مكتمل`),il=q(`paused for now`,`متوقف مؤقتًا`),al=q(`ready`,`جاهز`),ol=q(`Language`,`اللغة`),sl=q(`Digits`,`الأرقام`),cl=q(`Theme`,`المظهر`),ll=q(`Light`,`فاتح`),ul=q(`Dark`,`داكن`),dl=q(`Automatic`,`تلقائي`),fl=q(`Preferences`,`التفضيلات`),pl=q(`Done`,`تم`),ml=q(`Close`,`إغلاق`),hl=q(`Cancel`,`إلغاء`),gl=q(`Copy`,`نسخ`),_l=q(`Copied`,`تم النسخ`),vl=q(`Copy as command`,`نسخ كأمر`),yl=q(`Try again`,`أعد المحاولة`),bl=q(`Go to where it is mended`,`انتقل إلى موضع الإصلاح`),xl=q(`Request`,`الطلب`),Sl=q(`never`,`لم يحدث بعد`),Cl=q(`Loading`,`جارٍ التحميل`),wl=q(`The server cannot be reached.`,`تعذّر الوصول إلى الخادم.`),Tl=q(`Check the network. The page goes on by itself as soon as the server answers; nothing is lost.`,`تحقّق من الشبكة. ستتابع الصفحة عملها تلقائيًا عند استجابة الخادم، ولن يضيع شيء.`),El=q(`Something between this page and the server answered in its place.`,`ردّ وسيط بين هذه الصفحة والخادم بدلًا منه.`),Dl=q(`A proxy or a sign-in page may stand in between. Reload the page, and tell whoever runs the network if it stays.`,`قد يكون السبب خادمًا وسيطًا أو صفحة تسجيل دخول. أعد تحميل الصفحة، وأبلغ مسؤول الشبكة إن استمر ذلك.`),Ol=q(`No connection to the server. What is shown may be out of date.`,`لا اتصال بالخادم. قد لا يكون المعروض محدَّثًا.`),kl=q(`Reconnecting…`,`جارٍ إعادة الاتصال…`),Al=q(e=>Us(`en`,e?.count,{})===`one`?`The session ends within a minute.`:`The session ends in ${e?.n} minutes.`,e=>{let t=Us(`ar`,e?.count,{});return t===`zero`?`تنتهي الجلسة الآن.`:t===`one`?`تنتهي الجلسة خلال دقيقة.`:t===`two`?`تنتهي الجلسة خلال دقيقتين.`:t===`few`?`تنتهي الجلسة خلال ${e?.n} دقائق.`:`تنتهي الجلسة خلال ${e?.n} دقيقة.`}),jl=q(e=>Us(`en`,e?.count,{})===`one`?`Try again in ${e?.n} second.`:`Try again in ${e?.n} seconds.`,e=>{let t=Us(`ar`,e?.count,{});return t===`zero`?`أعد المحاولة الآن.`:t===`one`?`أعد المحاولة بعد ثانية.`:t===`two`?`أعد المحاولة بعد ثانيتين.`:t===`few`?`أعد المحاولة بعد ${e?.n} ثوانٍ.`:`أعد المحاولة بعد ${e?.n} ثانية.`}),Ml=q(`This is not open to your role`,`هذه الصفحة غير متاحة لدورك`),Nl=q(e=>`It needs the role “${e?.role}”. Ask an owner of the school for it.`,e=>`تتطلب دور «${e?.role}». اطلبه من مالك حساب المدرسة.`),Pl=q(`Somebody else has changed this meanwhile`,`غيّر شخص آخر هذه البيانات أثناء عملك`),Fl=q(`Nothing was saved. Choose which of the two versions stays.`,`لم يُحفظ شيء. اختر النسخة التي تبقى.`),Il=q(`Your version`,`نسختك`),Ll=q(`The saved version`,`النسخة المحفوظة`),Rl=q(`Keep mine`,`أبقِ نسختي`),zl=q(`Take the saved one`,`اعتمد المحفوظة`),Bl=q(e=>`Type ${e?.n} to confirm`,e=>`اكتب ${e?.n} للتأكيد`),Vl=q(`There is no such page`,`لا توجد صفحة بهذا العنوان`),Hl=q(`The address may be mistyped, or it belongs to another version.`,`ربما كُتب العنوان خطأً أو كان لإصدار آخر.`),Ul=q(`Search (Ctrl K)`,`بحث (Ctrl K)`),Wl=q(`Go to`,`انتقل إلى`),Gl=q(`A page, a module, or a person's name`,`صفحة أو وحدة أو اسم طالب`),Kl=q(e=>`Runs: ${e?.module}`,e=>`عمليات المزامنة: ${e?.module}`),ql=q(e=>`Find a person: ${e?.text}`,e=>`ابحث عن طالب: ${e?.text}`),Jl=q(`Open the school's console`,`افتح لوحة المدرسة`),Yl=q(`This page opens with a one-time code. On the server, run:`,`تُفتح هذه الصفحة برمز يُستخدم مرة واحدة. نفّذ على الخادم:`),Xl=q(`Code or link`,`الرمز أو الرابط`),Zl=q(`Open`,`فتح`),Ql=q(`The session has ended`,`انتهت الجلسة`),$l=q(`Sessions are short on purpose. Open a new one, and this page goes on where it was.`,`الجلسات قصيرة عمدًا. افتح جلسة جديدة لتتابع من حيث توقفت.`),eu=q(`What you have typed is still here.`,`ما كتبته محفوظ هنا.`),tu=q(`Continue`,`متابعة`),nu=q(`The server has another version now. Reload the page to go on.`,`أصبح الخادم بإصدار آخر. أعد تحميل الصفحة للمتابعة.`),ru=q(`Reload`,`إعادة التحميل`);function iu(e,t){return Object.hasOwn(e,t)?e[t]?.()??t:t}var au=[`programs`,`units`,`students`,`classes`,`registrations`,`enrollments`,`payments`,`grades`],ou={programs:()=>uc(),units:()=>dc(),students:()=>fc(),classes:()=>pc(),registrations:()=>mc(),enrollments:()=>hc(),payments:()=>gc(),grades:()=>_c()},su=e=>iu(ou,e),cu={platform:()=>vc(),owner:()=>yc(),operator:()=>bc(),viewer:()=>xc()},lu=e=>iu(cu,e),uu={queued:()=>({text:Sc(),tone:`none`,icon:`wait`}),running:()=>({text:Cc(),tone:`info`,icon:`turn`,spin:!0}),held:()=>({text:wc(),tone:`held`,icon:`held`}),completed:()=>({text:Tc(),tone:`good`,icon:`good`}),partial:()=>({text:Ec(),tone:`warn`,icon:`warn`}),failed:()=>({text:Dc(),tone:`bad`,icon:`bad`}),cancelled:()=>({text:Oc(),tone:`none`,icon:`dash`})};function du(e){return(Object.hasOwn(uu,e)?uu[e]?.():void 0)??{text:e,tone:`none`,icon:`dash`}}var fu={manual:()=>kc(),retry:()=>Ac(),scheduled:()=>jc(),webhook:()=>Mc(),dependency:()=>Nc(),chain:()=>Pc()},pu=e=>iu(fu,e),mu=Object.keys(fu),hu={queued:()=>Fc(),reading:()=>Ic(),planning:()=>Lc(),writing:()=>Rc(),done:()=>zc()},gu=e=>iu(hu,e),_u={NEW:()=>({text:Bc(),tone:`good`,icon:`plus`}),UPDATED:()=>({text:Vc(),tone:`info`,icon:`pencil`}),UNCHANGED:()=>({text:Hc(),tone:`none`,icon:`check`}),SKIPPED:()=>({text:Uc(),tone:`none`,icon:`dash`}),FAILED:()=>({text:Wc(),tone:`bad`,icon:`bad`}),WARNED:()=>({text:Gc(),tone:`warn`,icon:`warn`})};function vu(e){return(Object.hasOwn(_u,e)?_u[e]?.():void 0)??{text:e,tone:`none`,icon:`dash`}}var yu=Object.keys(_u),bu={create:()=>Kc(),link:()=>qc(),update:()=>Jc(),suspend:()=>Yc(),reactivate:()=>Xc(),unenrol:()=>Zc()},xu=e=>iu(bu,e),Su={I:()=>Qc(),R:()=>$c(),T:()=>el(),ours:()=>Qc(),other_side:()=>$c(),transient:()=>el(),call:()=>tl()},Cu=e=>iu(Su,e),wu=/\{([a-z_]+)\}/g;function Tu(e){return e.replace(/[.*+?^${}()|[\]\\]/g,`\\$&`)}function Eu(e,t,n=``){let r=[],i=e=>{let t=``,n=0;for(let i of e.matchAll(wu)){t+=Tu(e.slice(n,i.index));let a=i[1]??``,o=r.indexOf(a);o<0&&r.push(a),t+=o<0?`([\\s\\S]+?)`:`\\${o+1}`,n=i.index+i[0].length}return t+Tu(e.slice(n))},a=e=>e.replace(/\.+$/,``),o=n?`(?:; ${i(a(n))})?`:``,s=RegExp(`^${i(a(e))}${o}\\.?$`,`i`).exec(t.trim());if(s)return Object.fromEntries(r.flatMap((e,t)=>s[t+1]===void 0?[]:[[e,s[t+1]??``]]))}function Du(e,t,n){return e.replace(wu,(e,r)=>t[r]?n(t[r]):`…`)}function Ou(e,t){return[...e.matchAll(wu)].every(([,e])=>!!t[e??``])}function ku(e,t,n){Iu(t,e);let r=Pu(e.$unknown,t),[i,a,o]=Fu(t),s=ns(n);for(let e of r)ls(i,new Hr(e.data),a,e.wireType,s);return o()}function Au(e,t,n){Iu(t,e);let r=(e.$unknown??[]).filter(e=>e.no!==t.number),[i,a]=Fu(t,n),o=new Fr;no(o,{writeUnknownFields:!0},i,a);let s=new Hr(o.finish());for(;s.pos<s.len;){let[e,t]=s.tag(),n=s.skip(t,e);r.push({no:e,wireType:t,data:n})}e.$unknown=r}function ju(e,t){return t.extendee.typeName===e.$typeName&&!!e.$unknown?.find(e=>e.no===t.number)}function Mu(e,t){let n=e.proto.options;return n?ju(n,t):!1}function Nu(e,t){let n=e.proto.options;if(!n){let[,,e]=Fu(t);return e()}return ku(n,t)}function Pu(e,t){if(e===void 0)return[];if(t.fieldKind===`enum`||t.fieldKind===`scalar`){for(let n=e.length-1;n>=0;--n)if(e[n].no==t.number)return[e[n]];return[]}return e.filter(e=>e.no===t.number)}function Fu(e,t){let n=e.typeName,r=Object.assign(Object.assign({},e),{kind:`field`,parent:e.extendee,localName:n}),i=Object.assign(Object.assign({},e.extendee),{fields:[r],members:[r],oneofs:[]}),a=z(i,t===void 0?void 0:{[n]:t});return[go(i,a),r,()=>{let t=a[n];if(t===void 0){let t=e.message;return fa(t)?hr(t.fields[0].scalar,t.fields[0].longAsString):z(t)}return t}]}function Iu(e,t){if(e.extendee.typeName!=t.$typeName)throw Error(`extension ${e.typeName} can only be applied to message ${e.extendee.typeName}`)}var Lu=Date.parse(`0001-01-01T00:00:00Z`),Ru=Date.parse(`9999-12-31T23:59:59Z`),zu=3,Bu=2,Vu={alwaysEmitImplicit:!1,enumAsInteger:!1,useProtoFieldName:!1};function Hu(e){return e?Object.assign(Object.assign({},Vu),e):Vu}function Uu(e,t,n){return Ku(e)(Hu(n),t)}function Wu(e,t,n){let r=Uu(e,t,n);return JSON.stringify(r,null,n?.prettySpaces??0)}var Gu=new WeakMap;function Ku(e){let t=Gu.get(e);return t===void 0&&(t=qu(e)),t}function qu(e){let t=e.typeName,n=Yu(e);if(n!==void 0){let r=e.fields[0],i=(e,i)=>{if(i.$typeName!==t&&r!==void 0)throw new R(r,`cannot use ${r} with message ${i.$typeName}`,`ForeignFieldError`);return n(e,i)};return Gu.set(e,i),i}let r=e.fields.concat().sort((e,t)=>e.number-t.number),i=r[0],a=[],o=(n,r)=>{if(r.$typeName!==t&&i!==void 0)throw new R(i,`cannot use ${i} with message ${r.$typeName}`,`ForeignFieldError`);let o={};for(let e=0;e<a.length;e++)a[e](n,r,o);return n.registry&&ld(o,n,n.registry,r,e),o};Gu.set(e,o);for(let e of r){let t=Xu(e);a.push(e.jsonName===`__proto__`||e.name===`__proto__`?Ju(t):t)}return o}function Ju(e){return(t,n,r)=>{let i=Object.create(null);e(t,n,i);for(let e of Object.keys(i))Cr(r,e,i[e])}}function Yu(e){if(e.typeName.startsWith(`google.protobuf.`))switch(e.typeName){case`google.protobuf.Any`:return(e,t)=>ud(t,e);case`google.protobuf.Timestamp`:return(e,t)=>gd(t);case`google.protobuf.Duration`:return(e,t)=>dd(t);case`google.protobuf.FieldMask`:return(e,t)=>fd(t);case`google.protobuf.Struct`:return(e,t)=>pd(t);case`google.protobuf.Value`:return(e,t)=>md(t);case`google.protobuf.ListValue`:return(e,t)=>hd(t);default:if(fa(e)){let t=e.fields[0],n=t.localName,r=hr(t.scalar,!1),i=sd(t);return(e,t)=>{let a=t[n];return i(e,a===void 0?r:a)}}return}}function Xu(e){switch(e.fieldKind){case`scalar`:case`enum`:case`message`:return Zu(e);case`list`:case`map`:{let t=e.fieldKind==`list`?td(e):rd(e),n=e.name,r=e.jsonName,i=e.localName;return(e,a,o)=>{let s=t(e,a[i]);s!==void 0&&(o[e.useProtoFieldName?n:r]=s)}}}}function Zu(e){let t=$u(e),n=e.name,r=e.jsonName,i=e.localName;if(e.oneof){let a=e.oneof.localName;return(e,o,s)=>{let c=o[a];c.case===i&&(s[e.useProtoFieldName?n:r]=t(e,c.value))}}if(e.presence!=Bu){let a=e.presence==zu?`cannot encode ${e} to JSON: required field not set`:void 0;return(e,o,s)=>{let c=o[i];if(c!==void 0&&Object.prototype.hasOwnProperty.call(o,i))s[e.useProtoFieldName?n:r]=t(e,c);else if(a!==void 0)throw Error(a)}}if(e.fieldKind==`enum`){let a=e.enum.values[0].number;return(e,o,s)=>{let c=o[i];(c!==a||e.alwaysEmitImplicit)&&(s[e.useProtoFieldName?n:r]=t(e,c))}}switch(e.scalar){case F.BOOL:return(e,a,o)=>{let s=a[i];(s!==!1||e.alwaysEmitImplicit)&&(o[e.useProtoFieldName?n:r]=t(e,s))};case F.STRING:return(e,a,o)=>{let s=a[i];(s!==``||e.alwaysEmitImplicit)&&(o[e.useProtoFieldName?n:r]=t(e,s))};case F.BYTES:return(e,a,o)=>{let s=a[i];(!(s instanceof Uint8Array)||s.byteLength>0||e.alwaysEmitImplicit)&&(o[e.useProtoFieldName?n:r]=t(e,s))};case F.DOUBLE:case F.FLOAT:return(e,a,o)=>{let s=a[i];(!Object.is(s,0)||e.alwaysEmitImplicit)&&(o[e.useProtoFieldName?n:r]=t(e,s))};default:return(e,a,o)=>{let s=a[i];(s!=0||e.alwaysEmitImplicit)&&(o[e.useProtoFieldName?n:r]=t(e,s))}}}function Qu(e){switch(e.fieldKind){case`scalar`:case`enum`:case`message`:return $u(e);case`list`:return td(e);case`map`:return rd(e)}}function $u(e){switch(e.fieldKind){case`scalar`:return sd(e);case`enum`:return ad(e);case`message`:return ed(e)}}function ed(e){let{toMessage:t}=Na(e),n=Ku(e.message);return(e,r)=>n(e,t(r))}function td(e){let t=nd(e);return(e,n)=>{let r=n;if(r.length==0&&!e.alwaysEmitImplicit)return;let i=[];for(let n=0;n<r.length;n++)i.push(t(e,r[n]));return i}}function nd(e){switch(e.listKind){case`scalar`:return sd(e);case`enum`:return ad(e);case`message`:return ed(e)}}function rd(e){let t=id(e);return(e,n)=>{let r=n,i=Object.keys(r);if(i.length==0&&!e.alwaysEmitImplicit)return;let a={};for(let n=0;n<i.length;n++){let o=i[n];Cr(a,o,t(e,r[o]))}return a}}function id(e){switch(e.mapKind){case`scalar`:return sd(e);case`enum`:return ad(e);case`message`:return ed(e)}}function ad(e){let t=e.enum;return t.typeName==`google.protobuf.NullValue`?(e,n)=>{if(typeof n!=`number`)throw od(t,n);return null}:(e,n)=>{if(typeof n!=`number`)throw od(t,n);return e.enumAsInteger?n:t.value[n]?.jsonName??n}}function od(e,t){return Error(`cannot encode ${e} to JSON: expected number, got ${B(t)}`)}function sd(e){switch(e.scalar){case F.INT32:case F.SFIXED32:case F.SINT32:case F.FIXED32:case F.UINT32:return(t,n)=>{if(typeof n!=`number`)throw cd(e,n);return n};case F.FLOAT:case F.DOUBLE:return(t,n)=>{if(typeof n!=`number`)throw cd(e,n);return Number.isNaN(n)?`NaN`:n===1/0?`Infinity`:n===-1/0?`-Infinity`:n};case F.STRING:return(t,n)=>{if(typeof n!=`string`)throw cd(e,n);return n};case F.BOOL:return(t,n)=>{if(typeof n!=`boolean`)throw cd(e,n);return n};case F.UINT64:case F.FIXED64:case F.INT64:case F.SFIXED64:case F.SINT64:return(t,n)=>{if(typeof n==`bigint`||typeof n==`string`||typeof n==`number`&&Number.isInteger(n))return n.toString();throw cd(e,n)};case F.BYTES:return(t,n)=>{if(n instanceof Uint8Array)return Qi(n);throw cd(e,n)}}}function cd(e,t){return Error(`cannot encode ${e} to JSON: ${ao(e,t)?.message}`)}function ld(e,t,n,r,i){let a=r.$unknown;if(a===void 0)return;let o=new Set;for(let s=0;s<a.length;s++){let{no:c}=a[s];if(!o.has(c)){o.add(c);let a=n.getExtensionFor(i,c);if(!a)continue;let[s,l]=Fu(a,ku(r,a)),u=s[I],d=Qu(l)(t,u[l.localName]);d!==void 0&&(e[a.jsonName]=d)}}}function ud(e,t){if(e.typeUrl===``)return{};let{registry:n}=t,r,i;if(n&&(r=Ts(e,n),r&&(i=n.getMessage(r.$typeName))),!i||!r)throw Error(`cannot encode message ${e.$typeName} to JSON: "${e.typeUrl}" is not in the type registry`);let a=pa(i)?{value:Ku(i)(t,r)}:Ku(i)(t,r);return a[`@type`]=e.typeUrl,a}function dd(e){let t=Number(e.seconds),n=e.nanos;if(t>315576e6||t<-315576e6)throw Error(`cannot encode message ${e.$typeName} to JSON: value out of range`);if(t>0&&n<0||t<0&&n>0)throw Error(`cannot encode message ${e.$typeName} to JSON: nanos sign must match seconds sign`);let r=e.seconds.toString();if(n!==0){let e=Math.abs(n).toString();e=`0`.repeat(9-e.length)+e,e.substring(3)===`000000`?e=e.substring(0,3):e.substring(6)===`000`&&(e=e.substring(0,6)),r+=`.`+e,n<0&&t==0&&(r=`-`+r)}return r+`s`}function fd(e){return e.paths.map(t=>{if(Qn(Zn(t))!==t)throw Error(`cannot encode message ${e.$typeName} to JSON: lowerCamelCase of path name "${t}" is irreversible`);return Zn(t)}).join(`,`)}function pd(e){let t={},n=Object.keys(e.fields);for(let r=0;r<n.length;r++){let i=n[r];Cr(t,i,md(e.fields[i]))}return t}function md(e){switch(e.kind.case){case`nullValue`:return null;case`numberValue`:if(!Number.isFinite(e.kind.value))throw Error(`${e.$typeName} cannot be NaN or Infinity`);return e.kind.value;case`boolValue`:return e.kind.value;case`stringValue`:return e.kind.value;case`structValue`:return pd(e.kind.value);case`listValue`:return hd(e.kind.value);default:throw Error(`${e.$typeName} must have a value`)}}function hd(e){return e.values.map(md)}function gd(e){let t=Number(e.seconds)*1e3;if(t<Lu||t>Ru)throw Error(`cannot encode message ${e.$typeName} to JSON: must be from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z inclusive`);if(e.nanos<0)throw Error(`cannot encode message ${e.$typeName} to JSON: nanos must not be negative`);if(e.nanos>999999999)throw Error(`cannot encode message ${e.$typeName} to JSON: nanos must not be greater than 999999999`);let n=`Z`;if(e.nanos>0){let t=(e.nanos+1e9).toString().substring(1);n=t.substring(3)===`000000`?`.`+t.substring(0,3)+`Z`:t.substring(6)===`000`?`.`+t.substring(0,6)+`Z`:`.`+t+`Z`}return new Date(t).toISOString().replace(`.000Z`,n)}var _d=2;function vd(e){return Object.assign(Object.assign({ignoreUnknownFields:!1,recursionLimit:100},e),{depth:0})}function yd(e,t,n){return bd(e,Hd(t,e.typeName),n)}function bd(e,t,n){let r=z(e);return xd(e,r,t,n),r}function xd(e,t,n,r){try{Cd(e)(t,n,vd(r))}catch(e){throw aa(e)?Error(`cannot decode ${e.field()} from JSON: ${e.message}`,{cause:e}):e}}var Sd=new WeakMap;function Cd(e){let t=Sd.get(e);return t===void 0&&(t=wd(e)),t}function wd(e){let t=String(e),n=Td(e);if(n!==void 0){let r=(e,r,i)=>{if(++i.depth>i.recursionLimit)throw Error(`cannot decode ${t} from JSON: maximum recursion depth of ${i.recursionLimit} reached`);n(e,r,i),i.depth--};return Sd.set(e,r),r}let r=e.typeName,i=new Map,a=(e,n,a)=>{if(++a.depth>a.recursionLimit)throw Error(`cannot decode ${t} from JSON: maximum recursion depth of ${a.recursionLimit} reached`);if(n==null||Array.isArray(n)||typeof n!=`object`)throw Error(`cannot decode ${t} from JSON: ${B(n)}`);let o=new Map,s=new Set,c=Object.keys(n);for(let l=0;l<c.length;l++){let u=c[l],d=n[u],f=i.get(u);if(f!==void 0){let t=f.field;if(s.has(t))throw new R(t,`set multiple times`);if(s.add(t),f.oneofScalarNullSkip&&d===null)continue;if(f.oneof){let e=o.get(f.oneof);if(e!==void 0)throw new R(f.oneof,`oneof set multiple times by ${e.name} and ${t.name}`);o.set(f.oneof,t)}f.read(e,d,a)}else{let n=u.startsWith(`[`)&&u.endsWith(`]`)?a.registry?.getExtension(u.substring(1,u.length-1)):void 0;if(n?.extendee.typeName==r){let[t,r,i]=Fu(n);Ed(r)(t[I],d,a),Au(e,n,i())}if(n===void 0&&!a.ignoreUnknownFields)throw Error(`cannot decode ${t} from JSON: key "${u}" is unknown`)}}a.depth--};Sd.set(e,a);for(let t of e.fields){let e={read:Ed(t),field:t,oneof:t.oneof,oneofScalarNullSkip:t.oneof!==void 0&&t.fieldKind==`scalar`};i.set(t.name,e).set(t.jsonName,e)}return a}function Td(e){if(e.typeName.startsWith(`google.protobuf.`))switch(e.typeName){case`google.protobuf.Any`:return(e,t,n)=>Wd(e,t,n);case`google.protobuf.Timestamp`:return(e,t)=>Gd(e,t);case`google.protobuf.Duration`:return(e,t)=>Kd(e,t);case`google.protobuf.FieldMask`:return(e,t)=>qd(e,t);case`google.protobuf.Struct`:return(e,t,n)=>Jd(e,t,n);case`google.protobuf.Value`:return(e,t,n)=>Yd(e,t,n);case`google.protobuf.ListValue`:return(e,t,n)=>Xd(e,t,n);default:if(fa(e)){let t=e.fields[0],n=t.localName,r=t.scalar,i=t.longAsString,a=Ld(t);return(e,t)=>{t===null?e[n]=hr(r,i):e[n]=a(t)}}return}}function Ed(e){switch(e.fieldKind){case`scalar`:return Dd(e);case`enum`:return kd(e);case`message`:return Ad(e);case`list`:return jd(e);case`map`:return Nd(e)}}function Dd(e){let t=Ld(e),n=e.localName;if(e.oneof){let r=e.oneof.localName;return(e,i)=>{e[r]={case:n,value:t(i)}}}let r=Od(e);return(e,i)=>{i===null?r(e):e[n]=t(i)}}function Od(e){let t=e.localName;if(e.presence!=_d)return e=>{delete e[t]};if(e.fieldKind==`enum`){let n=e.enum.values[0].number;return e=>{e[t]=n}}let n=e.scalar,r=e.longAsString;return e=>{e[t]=hr(n,r)}}function kd(e){let t=Fd(e.enum),n=Id(e.enum),r=e.localName,i=e.enum.typeName!=`google.protobuf.NullValue`;if(e.oneof){let a=e.oneof.localName;return(o,s,c)=>{if(s===null&&i){o[a].case===r&&(o[a]={case:void 0});return}let l=t(s,c.ignoreUnknownFields);if(l===Pd)return;let u=n(l);if(u!==!0)throw new R(e,uo(e,l,u));o[a]={case:r,value:l}}}let a=Od(e);return(o,s,c)=>{if(s===null&&i){a(o);return}let l=t(s,c.ignoreUnknownFields);if(l===Pd)return;let u=n(l);if(u!==!0)throw new R(e,uo(e,l,u));o[r]=l}}function Ad(e){let t=e.localName,{toMessage:n,toLocal:r}=Na(e),i=Cd(e.message),a=e.message.typeName!=`google.protobuf.Value`;if(e.oneof){let o=e.oneof.localName;return(e,s,c)=>{let l=e[o];if(s===null&&a){l.case===t&&(e[o]={case:void 0});return}let u=n(l.case===t?l.value:void 0);i(u,s,c),e[o]={case:t,value:r(u)}}}return(e,o,s)=>{if(o===null&&a){delete e[t];return}let c=n(e[t]);i(c,o,s),e[t]=r(c)}}function jd(e){let t=e.localName,n=Md(e);return(r,i,a)=>{if(i===null)return;if(!Array.isArray(i))throw new R(e,`expected Array, got `+B(i));let o=r[t];for(let e=0;e<i.length;e++){let t=n(i[e],a,o.length);t!==Pd&&o.push(t)}}}function Md(e){switch(e.listKind){case`scalar`:{let t=Rd(e),n=lo(e.scalar),r=zd(e);return(i,a,o)=>{if(i===null)throw new R(e,`list item must not be null`);let s=t(i),c=n(s);if(c!==!0)throw new R(e,`list item #${o+1}: ${uo(e,s,c)}`);return r(s)}}case`enum`:{let t=Fd(e.enum),n=Id(e.enum),r=e.enum.typeName!=`google.protobuf.NullValue`;return(i,a,o)=>{if(i===null&&r)throw new R(e,`list item must not be null`);let s=t(i,a.ignoreUnknownFields);if(s===Pd)return s;let c=n(s);if(c!==!0)throw new R(e,`list item #${o+1}: ${uo(e,s,c)}`);return s}}case`message`:{let{toMessage:t,toLocal:n}=Na(e),r=Cd(e.message),i=e.message.typeName!=`google.protobuf.Value`;return(a,o)=>{if(a===null&&i)throw new R(e,`list item must not be null`);let s=t(void 0);return r(s,a,o),n(s)}}}}function Nd(e){let t=e.localName,n=e.mapKey,r=Bd(n),i=lo(n),a,o,s=e=>e,c=!0;switch(e.mapKind){case`scalar`:a=Rd(e),o=lo(e.scalar),s=zd(e);break;case`enum`:{let t=Fd(e.enum);a=(e,n)=>t(e,n.ignoreUnknownFields),o=Id(e.enum),c=e.enum.typeName!=`google.protobuf.NullValue`;break}case`message`:{let{toMessage:t,toLocal:n}=Na(e),r=Cd(e.message);c=e.message.typeName!=`google.protobuf.Value`,a=(e,i)=>{let a=t(void 0);return r(a,e,i),n(a)};break}}return(l,u,d)=>{if(u===null)return;if(typeof u!=`object`||Array.isArray(u))throw new R(e,`expected object, got `+B(u));let f=l[t],p=new Set,m=Object.keys(u);for(let t=0;t<m.length;t++){let l=m[t],h=u[l],g=r(l);if(p.has(g))throw new R(e,`duplicate map key "${l}"`);if(p.add(g),h===null&&c)throw new R(e,`map value must not be null`);let _=a(h,d);if(_===Pd)continue;let v=i(g);if(v!==!0)throw new R(e,`invalid map key: ${uo({scalar:n},g,v)}`);if(o!==void 0){let t=o(_);if(t!==!0)throw new R(e,`map entry ${B(g)}: ${uo(e,_,t)}`)}Cr(f,g,s(_))}}}var Pd=Symbol();function Fd(e){let t=e.values[0].number,n=new Map;for(let t of e.values)n.set(t.jsonName,t.number);for(let t of e.values)n.set(t.name,t.number);return(r,i)=>{if(r===null)return t;switch(typeof r){case`number`:if(Number.isInteger(r))return r;break;case`string`:{let e=n.get(r);if(e!==void 0)return e;if(i)return Pd;break}}throw Error(`cannot decode ${e} from JSON: ${B(r)}`)}}function Id(e){if(e.open)return lo(F.INT32);let t=e.values;return e=>t.some(t=>t.number===e)}function Ld(e){let t=Rd(e),n=lo(e.scalar),r=zd(e);return i=>{let a=t(i),o=n(a);if(o!==!0)throw new R(e,uo(e,a,o));return r(a)}}function Rd(e){switch(e.scalar){case F.DOUBLE:case F.FLOAT:return t=>{if(t===`NaN`)return NaN;if(t===`Infinity`)return 1/0;if(t===`-Infinity`)return-1/0;if(typeof t==`number`){if(Number.isNaN(t))throw new R(e,`unexpected NaN number`);if(!Number.isFinite(t))throw new R(e,`unexpected infinite number`);return t}if(typeof t==`string`){if(t===``||t.trim().length!==t.length)return t;let e=Number(t);return Number.isFinite(e)?e:t}return t};case F.INT32:case F.FIXED32:case F.SFIXED32:case F.SINT32:case F.UINT32:return Vd;case F.BYTES:return t=>{if(typeof t==`string`){if(t===``)return new Uint8Array;try{return Ji(t)}catch(t){throw new R(e,t instanceof Error?t.message:String(t))}}return t};default:return e=>e}}function zd(e){let t=e.fieldKind!==`map`&&e.longAsString;switch(e.scalar){case F.INT64:case F.SFIXED64:case F.SINT64:return t?e=>String(e):e=>typeof e==`string`||typeof e==`number`?P.parse(e):e;case F.FIXED64:case F.UINT64:return t?e=>String(e):e=>typeof e==`string`||typeof e==`number`?P.uParse(e):e;default:return e=>e}}function Bd(e){switch(e){case F.BOOL:return e=>{switch(e){case`true`:return!0;case`false`:return!1}return e};case F.INT32:case F.FIXED32:case F.UINT32:case F.SFIXED32:case F.SINT32:return Vd;case F.INT64:case F.SINT64:case F.SFIXED64:case F.UINT64:case F.FIXED64:return e=>/^-?0+$/.test(e)?`0`:e.replace(/^(-?)0+(?=\d)/,`$1`);default:return e=>e}}function Vd(e){if(typeof e==`string`){if(e===``||e.trim().length!==e.length)return e;let t=Number(e);return Number.isNaN(t)?e:t}return e}function Hd(e,t){let n;try{n=JSON.parse(e)}catch(e){let n=e instanceof Error?e.message:String(e);throw Error(`cannot decode message ${t} from JSON: ${n}`,{cause:e})}return Ud(e,t),n}function Ud(e,t){let n=[],r=!1,i=0;for(;i<e.length;)switch(e[i]){case`{`:n.push(new Set),r=!0,i++;break;case`[`:n.push(null),r=!1,i++;break;case`}`:case`]`:n.pop(),r=!1,i++;break;case`,`:r=n[n.length-1]!=null,i++;break;case`:`:r=!1,i++;break;case`"`:{let a=i++,o=!1;for(;i<e.length;)if(e[i]==`\\`)o=!0,i+=2;else{if(e[i]==`"`)break;i++}let s=i++,c=n[n.length-1];if(r&&c){let n=o?JSON.parse(e.substring(a,s+1)):e.substring(a+1,s);if(c.has(n))throw Error(`cannot decode message ${t} from JSON: duplicate object key "${n}"`);c.add(n)}r=!1;break}default:i++}}function Wd(e,t,n){if(t===null||Array.isArray(t)||typeof t!=`object`)throw Error(`cannot decode message ${e.$typeName} from JSON: expected object but got ${B(t)}`);if(Object.keys(t).length==0)return;let r=t[`@type`];if(typeof r!=`string`||r==``)throw Error(`cannot decode message ${e.$typeName} from JSON: "@type" is empty`);let i=r.includes(`/`)?r.substring(r.lastIndexOf(`/`)+1):r;if(!i.length)throw Error(`cannot decode message ${e.$typeName} from JSON: "@type" is invalid`);let a=n.registry?.getMessage(i);if(!a)throw Error(`cannot decode message ${e.$typeName} from JSON: ${r} is not in the type registry`);let o=z(a);if(pa(a)&&Object.prototype.hasOwnProperty.call(t,`value`))Cd(a)(o,t.value,n);else{let e={};for(let n of Object.keys(t))n!==`@type`&&Cr(e,n,t[n]);Cd(a)(o,e,n)}Cs(a,o,e)}function Gd(e,t){if(typeof t!=`string`)throw Error(`cannot decode message ${e.$typeName} from JSON: ${B(t)}`);let n=t.match(/^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?(?:Z|([+-][0-9][0-9]:[0-9][0-9]))$/);if(!n)throw Error(`cannot decode message ${e.$typeName} from JSON: invalid RFC 3339 string`);let r=Date.parse(n[1]+`-`+n[2]+`-`+n[3]+`T`+n[4]+`:`+n[5]+`:`+n[6]+(n[8]?n[8]:`Z`));if(Number.isNaN(r))throw Error(`cannot decode message ${e.$typeName} from JSON: invalid RFC 3339 string`);if(r<Lu||r>Ru)throw Error(`cannot decode message ${e.$typeName} from JSON: must be from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z inclusive`);e.seconds=P.parse(r/1e3),e.nanos=0,n[7]&&(e.nanos=parseInt(`1`+n[7]+`0`.repeat(9-n[7].length))-1e9)}function Kd(e,t){if(typeof t!=`string`)throw Error(`cannot decode message ${e.$typeName} from JSON: ${B(t)}`);let n=t.match(/^(-?[0-9]+)(?:\.([0-9]+))?s/);if(n===null)throw Error(`cannot decode message ${e.$typeName} from JSON: ${B(t)}`);let r=Number(n[1]);if(r>315576e6||r<-315576e6)throw Error(`cannot decode message ${e.$typeName} from JSON: ${B(t)}`);if(e.seconds=P.parse(r),typeof n[2]!=`string`)return;let i=n[2]+`0`.repeat(9-n[2].length);e.nanos=parseInt(i),(r<0||Object.is(r,-0))&&(e.nanos=-e.nanos)}function qd(e,t){if(typeof t!=`string`)throw Error(`cannot decode message ${e.$typeName} from JSON: ${B(t)}`);t!==``&&(e.paths=t.split(`,`).map(t=>{if(t.includes(`_`))throw Error(`cannot decode message ${e.$typeName} from JSON: path names must be lowerCamelCase`);return Qn(t)}))}function Jd(e,t,n){if(typeof t!=`object`||!t||Array.isArray(t))throw Error(`cannot decode message ${e.$typeName} from JSON ${B(t)}`);let r=Object.keys(t);for(let i=0;i<r.length;i++){let a=r[i],o=z(As);Yd(o,t[a],n),Cr(e.fields,a,o)}}function Yd(e,t,n){if(++n.depth>n.recursionLimit)throw Error(`cannot decode ${e.$typeName} from JSON: maximum recursion depth of ${n.recursionLimit} reached`);switch(typeof t){case`number`:e.kind={case:`numberValue`,value:t};break;case`string`:e.kind={case:`stringValue`,value:t};break;case`boolean`:e.kind={case:`boolValue`,value:t};break;case`object`:if(t===null)e.kind={case:`nullValue`,value:Ms.NULL_VALUE};else if(Array.isArray(t)){let r=z(js);Xd(r,t,n),e.kind={case:`listValue`,value:r}}else{let r=z(ks);Jd(r,t,n),e.kind={case:`structValue`,value:r}}break;default:throw Error(`cannot decode message ${e.$typeName} from JSON ${B(t)}`)}return n.depth--,e}function Xd(e,t,n){if(!Array.isArray(t))throw Error(`cannot decode message ${e.$typeName} from JSON ${B(t)}`);for(let r=0;r<t.length;r++){let i=z(As);Yd(i,t[r],n),e.values.push(i)}}var J;(function(e){e[e.Canceled=1]=`Canceled`,e[e.Unknown=2]=`Unknown`,e[e.InvalidArgument=3]=`InvalidArgument`,e[e.DeadlineExceeded=4]=`DeadlineExceeded`,e[e.NotFound=5]=`NotFound`,e[e.AlreadyExists=6]=`AlreadyExists`,e[e.PermissionDenied=7]=`PermissionDenied`,e[e.ResourceExhausted=8]=`ResourceExhausted`,e[e.FailedPrecondition=9]=`FailedPrecondition`,e[e.Aborted=10]=`Aborted`,e[e.OutOfRange=11]=`OutOfRange`,e[e.Unimplemented=12]=`Unimplemented`,e[e.Internal=13]=`Internal`,e[e.Unavailable=14]=`Unavailable`,e[e.DataLoss=15]=`DataLoss`,e[e.Unauthenticated=16]=`Unauthenticated`})(J||={});function Zd(e){let t=J[e];return typeof t==`string`?t[0].toLowerCase()+t.substring(1).replace(/[A-Z]/g,e=>`_`+e.toLowerCase()):e.toString()}var Y=class e extends Error{constructor(e,t=J.Unknown,n,r,i){super(Qd(e,t)),this.name=`ConnectError`,this.isWireError=!1,Object.setPrototypeOf(this,new.target.prototype),this.rawMessage=e,this.code=t,this.metadata=new Headers(n??{}),this.details=r??[],this.cause=i}static from(t,n=J.Unknown){return t instanceof e?t:t instanceof Error?t.name==`AbortError`||t.name==`TimeoutError`?new e(t.message,J.Canceled):new e(t.message,n,void 0,void 0,t):new e(String(t),n,void 0,void 0,t)}static[Symbol.hasInstance](t){return t instanceof Error?Object.getPrototypeOf(t)===e.prototype||t.name===`ConnectError`&&`code`in t&&typeof t.code==`number`&&`metadata`in t&&`details`in t&&Array.isArray(t.details)&&`rawMessage`in t&&typeof t.rawMessage==`string`&&`cause`in t:!1}findDetails(e){let t=e.kind===`message`?{getMessage:t=>t===e.typeName?e:void 0}:e,n=[];for(let e of this.details){if(`desc`in e){t.getMessage(e.desc.typeName)&&n.push(z(e.desc,e.value));continue}let r=t.getMessage(e.type);if(r)try{n.push(rs(r,e.value))}catch{}}return n}};function Qd(e,t){return e.length?`[${Zd(t)}] ${e}`:`[${Zd(t)}]`}function $d(e,t,n){try{let r=Ji(e);return t?rs(t,r,n):r}catch(e){throw Y.from(e,J.DataLoss)}}function ef(e,t,n=!1){if(t>e){let r=`message size is larger than configured readMaxBytes ${e}`;throw n&&(r=`message size ${t} is larger than configured readMaxBytes ${e}`),new Y(r,J.ResourceExhausted)}}function tf(e){return new nf(e)}var nf=class{constructor(e){this.readMaxBytes=e,this.header=new Uint8Array(5),this.headerView=new DataView(this.header.buffer),this.buf=[]}get byteLength(){return this.buf.reduce((e,t)=>e+t.byteLength,0)}decode(e){this.buf.push(e);let t=[];for(;;){let e=this.pop();if(!e)break;t.push(e)}return t}pop(){if(!(!this.env&&(this.env=this.head(),!this.env))&&this.cons(this.env.data)){let e=this.env;return this.env=void 0,e}}head(){if(!this.cons(this.header))return;let e=this.headerView.getUint8(0),t=this.headerView.getUint32(1);return ef(this.readMaxBytes,t,!0),{flags:e,data:new Uint8Array(t)}}cons(e){let t=e.byteLength;if(this.byteLength<t)return!1;let n=0;for(;n<t;){let r=this.buf.shift();r.byteLength>t-n?(e.set(r.subarray(0,t-n),n),this.buf.unshift(r.subarray(t-n)),n+=t-n):(e.set(r,n),n+=r.byteLength)}return!0}};function rf(e){let t,n=tf(4294967295);return new ReadableStream({start(){t=e.getReader()},async pull(e){let r=!1;for(;!r;){let i=await t.read();if(i.done)n.byteLength>0&&e.error(new Y(`protocol error: incomplete envelope`,J.InvalidArgument)),e.close();else for(let t of n.decode(i.value))e.enqueue(t),r=!0}}})}function af(e,t){let n=new Uint8Array(t.length+5);n.set(t,5);let r=new DataView(n.buffer,n.byteOffset,n.byteLength);return r.setUint8(0,e),r.setUint32(1,t.length),n}function of(...e){let t=new AbortController,n=e.filter(e=>e!==void 0).concat(t.signal);for(let e of n){if(e.aborted){r.apply(e);break}e.addEventListener(`abort`,r)}function r(){t.signal.aborted||t.abort(cf(this));for(let e of n)e.removeEventListener(`abort`,r)}return t}function sf(e){let t=new AbortController,n=()=>{t.abort(new Y(`the operation timed out`,J.DeadlineExceeded))},r;return e!==void 0&&(e<=0?n():r=setTimeout(n,e)),{signal:t.signal,cleanup:()=>clearTimeout(r)}}function cf(e){if(!e.aborted)return;if(e.reason!==void 0)return e.reason;let t=Error(`This operation was aborted`);return t.name=`AbortError`,t}function lf(){return{get(e){return e.id in this?this[e.id]:e.defaultValue},set(e,t){return this[e.id]=t,this},delete(e){return delete this[e.id],this}}}function uf(e){let t=new Headers,n=new TextDecoder().decode(e).split(`\r
`);for(let e of n){if(e===``)continue;let n=e.indexOf(`:`);if(n>0){let r=e.substring(0,n).trim(),i=e.substring(n+1).trim();t.append(r,i)}}return t}var df=`Content-Type`,ff=`Grpc-Timeout`,pf=`Grpc-Status`,mf=`Grpc-Status-Details-Bin`,hf=`User-Agent`,gf=`X-User-Agent`,_f=`X-Grpc-Web`,vf=`application/grpc-web+proto`,yf=`application/grpc-web+json`,bf=V(H(`CgxzdGF0dXMucHJvdG8SCmdvb2dsZS5ycGMiTgoGU3RhdHVzEgwKBGNvZGUYASABKAUSDwoHbWVzc2FnZRgCIAEoCRIlCgdkZXRhaWxzGAMgAygLMhQuZ29vZ2xlLnByb3RvYnVmLkFueUJeCg5jb20uZ29vZ2xlLnJwY0ILU3RhdHVzUHJvdG9QAVo3Z29vZ2xlLmdvbGFuZy5vcmcvZ2VucHJvdG8vZ29vZ2xlYXBpcy9ycGMvc3RhdHVzO3N0YXR1c6ICA1JQQ2IGcHJvdG8z`,[xs]),0);function xf(e){let t=e.get(mf);if(t!=null){let n=$d(t,bf);if(n.code==0)return;let r=new Y(n.message,n.code,e);return r.details=n.details.map(e=>({type:e.typeUrl.substring(e.typeUrl.lastIndexOf(`/`)+1),value:e.value})),r.isWireError=!0,r}let n=e.get(pf);if(n!=null){if(n===`0`)return;let t=parseInt(n,10),r;return r=t in J?new Y(decodeURIComponent(e.get(`Grpc-Message`)??``),t,e):new Y(`invalid grpc-status: ${n}`,J.Internal,e),r.isWireError=!0,r}}function Sf(e,t){return e.toString().replace(/\/?$/,`/${t.parent.typeName}/${t.name}`)}function Cf(e,t){return z(e,t)}function wf(e,t){function n(t){return t.done===!0?t:{done:t.done,value:Cf(e,t.value)}}return{[Symbol.asyncIterator](){let e=t[Symbol.asyncIterator](),r={next:()=>e.next().then(n)};return e.throw!==void 0&&(r.throw=t=>e.throw(t).then(n)),e.return!==void 0&&(r.return=t=>e.return(t).then(n)),r}}}function Tf(e,t){if(!t)return e;for(let n of t.concat().reverse())e=n(e);return e}function Ef(e){let t=Object.assign({},e);return t.ignoreUnknownFields??=!0,t}function Df(e,t,n,r){let i=t?Of(e.input,r):kf(e.input,n);return{parse:(t?Of(e.output,r):kf(e.output,n)).parse,serialize:i.serialize}}function Of(e,t){return{parse(n){try{return rs(e,n,t)}catch(e){throw new Y(`parse binary: ${e instanceof Error?e.message:String(e)}`,J.Internal)}},serialize(n){try{return Ua(e,n,t)}catch(e){throw new Y(`serialize binary: ${e instanceof Error?e.message:String(e)}`,J.Internal)}}}}function kf(e,t){let n=t?.textEncoder??new TextEncoder,r=t?.textDecoder??new TextDecoder,i=Ef(t);return{parse(t){try{return yd(e,r.decode(t),i)}catch(e){throw Y.from(e,J.InvalidArgument)}},serialize(t){try{let r=Wu(e,t,i);return n.encode(r)}catch(e){throw Y.from(e,J.Internal)}}}}function Af(e){let t=Tf(e.next,e.interceptors),[n,r,i]=Mf(e);return t(Object.assign(Object.assign({},e.req),{message:Cf(e.req.method.input,e.req.message),signal:n})).then(e=>(i(),e),r)}function jf(e){let[t,n,r]=Mf(e),i=!1,a=new Promise(e=>{t.aborted?e():t.addEventListener(`abort`,()=>e())});return a.then(()=>{var n,r;let a=e.req.message[Symbol.asyncIterator]();if(!i){let e=Y.from(cf(t),J.Canceled);(n=a.throw)==null||n.call(a,e).catch(()=>{})}(r=a.return)==null||r.call(a).catch(()=>{})}),Tf(async r=>{let o=await e.next(r),s=o.message[Symbol.asyncIterator]();return a.then(()=>s.return?.call(s).catch(()=>{})),Object.assign(Object.assign({},o),{message:{[Symbol.asyncIterator]:()=>({next:async()=>{let e=t.aborted?void 0:await Promise.race([s.next(),a]);return e===void 0?i?{done:!0,value:void 0}:n(cf(t)):e}})}})},e.interceptors)(Object.assign(Object.assign({},e.req),{message:wf(e.req.method.input,e.req.message),signal:t})).then(e=>{let o=e.message[Symbol.asyncIterator](),s=a.then(async()=>{try{for(;(await o.next()).done!==!0;);}catch{}});return Object.assign(Object.assign({},e),{message:{[Symbol.asyncIterator]:()=>({async next(){if(t.aborted)return await s,i?{done:!0,value:void 0}:n(cf(t));try{let e=await o.next();return e.done===!0&&(i=!0,r()),e}catch(e){return n(e)}},async return(e){return t.aborted||(i=!0,r()),await s,{done:!0,value:e}},async throw(e){if(i)throw Y.from(e);try{return await n(e)}finally{await s}}})}})},n)}function Mf(e){let{signal:t,cleanup:n}=sf(e.timeoutMs),r=of(e.signal,t);return[r.signal,function(e){let t=r.signal.aborted?Y.from(cf(r.signal),J.Canceled):Y.from(e);return r.abort(t),n(),Promise.reject(t)},function(){n(),r.abort()}]}function Nf(){try{new Headers}catch{throw Error(`connect-web requires the fetch API. Are you running on an old version of Node.js?`)}}function Pf(e,t){let n=xf(e);if(n)throw t.forEach((e,t)=>{n.metadata.append(t,e)}),n;if(!t.has(`Grpc-Status`)&&!e.has(`Grpc-Status`))throw new Y(`protocol error: missing status`,J.Internal)}function Ff(e,t,n,r){let i=new Headers(n??{});i.set(df,e?vf:yf),i.set(_f,`1`);let a=i.get(`User-Agent`)??i.get(`X-User-Agent`)??`connect-es/2.3.0`;return i.set(gf,a),r&&i.set(hf,a),t!==void 0&&i.set(ff,`${t}m`),i}function If(e){switch(e){case 400:return J.Internal;case 401:return J.Unauthenticated;case 403:return J.PermissionDenied;case 404:return J.Unimplemented;case 429:return J.Unavailable;case 502:return J.Unavailable;case 503:return J.Unavailable;case 504:return J.Unavailable;default:return J.Unknown}}function Lf(e,t){if(e>=200&&e<300)return{foundStatus:t.has(pf),headerError:xf(t)};throw new Y(decodeURIComponent(t.get(`Grpc-Message`)??`HTTP ${e}`),If(e),t)}var Rf=function(e){return this instanceof Rf?(this.v=e,this):new Rf(e)},zf=function(e,t,n){if(!Symbol.asyncIterator)throw TypeError(`Symbol.asyncIterator is not defined.`);var r=n.apply(e,t||[]),i,a=[];return i=Object.create((typeof AsyncIterator==`function`?AsyncIterator:Object).prototype),s(`next`),s(`throw`),s(`return`,o),i[Symbol.asyncIterator]=function(){return this},i;function o(e){return function(t){return Promise.resolve(t).then(e,d)}}function s(e,t){r[e]&&(i[e]=function(t){return new Promise(function(n,r){a.push([e,t,n,r])>1||c(e,t)})},t&&(i[e]=t(i[e])))}function c(e,t){try{l(r[e](t))}catch(e){f(a[0][3],e)}}function l(e){e.value instanceof Rf?Promise.resolve(e.value.v).then(u,d):f(a[0][2],e)}function u(e){c(`next`,e)}function d(e){c(`throw`,e)}function f(e,t){e(t),a.shift(),a.length&&c(a[0][0],a[0][1])}},Bf={redirect:`error`};function Vf(e){Nf();let t=e.useBinaryFormat??!0;return{async unary(n,r,i,a,o,s){let{serialize:c,parse:l}=Df(n,t,e.jsonOptions,e.binaryOptions);return i=i===void 0?e.defaultTimeoutMs:i<=0?void 0:i,await Af({interceptors:e.interceptors,signal:r,timeoutMs:i,req:{stream:!1,service:n.parent,method:n,requestMethod:`POST`,url:Sf(e.baseUrl,n),header:Ff(t,i,a,!1),contextValues:s??lf(),message:o},next:async t=>{let r=await(e.fetch??globalThis.fetch)(t.url,Object.assign(Object.assign({},Bf),{method:t.requestMethod,headers:t.header,signal:t.signal,body:af(0,c(t.message))})),{headerError:i}=Lf(r.status,r.headers);if(!r.body)throw i===void 0?`missing response body`:i;let a=rf(r.body).getReader(),o,s;for(;;){let e=await a.read();if(e.done)break;let{flags:t,data:n}=e.value;if((t&1)==1)throw new Y(`protocol error: received unsupported compressed output`,J.Internal);if(t===128){if(o!==void 0)throw`extra trailer`;o=uf(n)}else{if(s!==void 0)throw new Y(`extra message`,J.Unimplemented);s=l(n)}}if(o===void 0)throw i===void 0?new Y(`missing trailer`,r.headers.has(`Grpc-Status`)?J.Unimplemented:J.Unknown):i;if(Pf(o,r.headers),s===void 0)throw new Y(`missing message`,o.has(`Grpc-Status`)?J.Unimplemented:J.Unknown);return{stream:!1,service:n.parent,method:n,header:r.headers,message:s,trailer:o}}})},async stream(n,r,i,a,o,s){let{serialize:c,parse:l}=Df(n,t,e.jsonOptions,e.binaryOptions);function u(e,t,n,r,i){return zf(this,arguments,function*(){let i=rf(e).getReader();if(t){if(!(yield Rf(i.read())).done)throw`extra data for trailers-only`;return yield Rf(void 0)}let a=!1;for(;;){let e=yield Rf(i.read());if(e.done)break;let{flags:t,data:o}=e.value;if((t&128)==128){if(a)throw`extra trailer`;a=!0;let e=uf(o);Pf(e,r),e.forEach((e,t)=>n.set(t,e))}else{if(a)throw`extra message`;yield yield Rf(l(o))}}if(!a)throw`missing trailer`})}async function d(e){if(n.methodKind!=`server_streaming`)throw`The fetch API does not support streaming request bodies`;let t=await e[Symbol.asyncIterator]().next();if(t.done==1)throw`missing request message`;return af(0,c(t.value))}return i=i===void 0?e.defaultTimeoutMs:i<=0?void 0:i,jf({interceptors:e.interceptors,signal:r,timeoutMs:i,req:{stream:!0,service:n.parent,method:n,requestMethod:`POST`,url:Sf(e.baseUrl,n),header:Ff(t,i,a,!1),contextValues:s??lf(),message:o},next:async t=>{let n=await(e.fetch??globalThis.fetch)(t.url,Object.assign(Object.assign({},Bf),{method:t.requestMethod,headers:t.header,signal:t.signal,body:await d(t.message)})),{foundStatus:r,headerError:i}=Lf(n.status,n.headers);if(i!=null)throw i;if(!n.body)throw`missing response body`;let a=new Headers;return Object.assign(Object.assign({},t),{header:n.headers,trailer:a,message:u(n.body,r,a,n.headers,t.signal)})}})}}}var Hf=H(btoa(`
google/rpc/error_details.proto
google.rpc"
	ErrorInfo
reason (	
domain (	5
\bmetadata (\v2#.google.rpc.ErrorInfo.MetadataEntry/
\rMetadataEntry\v
key (	\r
value (	:8";
	RetryInfo.
\vretry_delay (\v2.google.protobuf.Duration"2
	DebugInfo
\rstack_entries (	
detail (	"
\fQuotaFailure6

violations (\v2".google.rpc.QuotaFailure.ViolationÆ
	Violation
\x07subject (	
\vdescription (	
\vapi_service (	
\fquota_metric (	
\bquota_id (	Q
quota_dimensions (\v27.google.rpc.QuotaFailure.Violation.QuotaDimensionsEntry
\vquota_value\x07 (
future_quota_value\b (H\06
QuotaDimensionsEntry\v
key (	\r
value (	:8B
_future_quota_value"
PreconditionFailure=

violations (\v2).google.rpc.PreconditionFailure.Violation?
	Violation\f
type (	
\x07subject (	
\vdescription (	"Ì

BadRequest?
field_violations (\v2%.google.rpc.BadRequest.FieldViolation}
FieldViolation\r
field (	
\vdescription (	
reason (	7
localized_message (\v2.google.rpc.LocalizedMessage"7
\vRequestInfo

request_id (	
\fserving_data (	"\`
\fResourceInfo
\rresource_type (	
\rresource_name (	\r
owner (	
\vdescription (	"V
Help$
links (\v2.google.rpc.Help.Link(
Link
\vdescription (	\v
url (	"3
LocalizedMessage
locale (	
\x07message (	Bl
com.google.rpcBErrorDetailsProtoPZ?google.golang.org/genproto/googleapis/rpc/errdetails;errdetails¢RPCbproto3`),[bs]),Uf=V(Hf,0),Wf=V(Hf,1),Gf=V(Hf,5),Kf=V(Hf,9),qf=V(H(btoa(`
sigma/v1/common.proto\bsigma.v1"d

FieldFault\r
field (	\f
type (	
\x07message (	(
\x07context (\v2.google.protobuf.Struct"5
\rInvalidFields$
faults (\v2.sigma.v1.FieldFaultbproto3`),[Os]),1),Jf=class e extends Error{kind;code;params;requestId;fields;retryAfterS;localized;method;input;name=`Failure`;constructor(e,t,n,r={},i=``,a=[],o=void 0,s=void 0,c=void 0,l=void 0){super(n),this.kind=e,this.code=t,this.params=r,this.requestId=i,this.fields=a,this.retryAfterS=o,this.localized=s,this.method=c,this.input=l}static of(t,n,r){if(t instanceof e)return t;let i=Y.from(t),a=i.findDetails(Uf)[0],o=i.findDetails(Kf)[0],s=i.findDetails(qf).flatMap(e=>e.faults),c=i.findDetails(Gf).flatMap(e=>e.fieldViolations),l=s.length?s.map(({field:e,message:t})=>({field:e,message:t})):c.map(({field:e,description:t})=>({field:e,message:t})),u=i.findDetails(Wf)[0]?.retryDelay?.seconds,d=Number(i.metadata.get(`retry-after`)),f=a?.reason??``;return new e(Xf(i,f),f,i.rawMessage,a?.metadata??{},i.metadata.get(`x-request-id`)??``,l,u===void 0?d>0?d:void 0:Number(u),o&&{locale:o.locale,message:o.message},n,r)}},Yf=/_(CONFLICT|CHANGED|EXISTS)$|^VERSION_/;function Xf(e,t){let n=[J.Unauthenticated,J.PermissionDenied,J.Unavailable,J.DeadlineExceeded,J.Canceled];if(!t&&e.details.length===0&&!n.includes(e.code))return e.cause instanceof TypeError||/fetch|network/i.test(e.rawMessage)?`offline`:`foreign`;switch(e.code){case J.Unauthenticated:return`session`;case J.PermissionDenied:return`forbidden`;case J.Unimplemented:return`missing`;case J.NotFound:return`missing`;case J.InvalidArgument:return`invalid`;case J.Aborted:return`conflict`;case J.FailedPrecondition:return Yf.test(t)?`conflict`:`other`;case J.ResourceExhausted:return`busy`;case J.Unavailable:case J.DeadlineExceeded:return t?`other`:`offline`;default:return`other`}}function Zf(){let e=document.querySelector(`meta[name="sigma-server"]`)?.content;if(e&&/^https?:\/\//.test(e))return e.replace(/\/+$/,``);let t=location.pathname.replace(/\/index\.html$|\/widget\.html$/,`/`),n=t.endsWith(`/widget`)?t.slice(0,-7):t.replace(/\/widget\/$/,``);return location.origin+n.replace(/\/+$/,``)}var Qf=Vf({baseUrl:Zf(),interceptors:[e=>t=>{let n=In();return n&&t.header.set(`authorization`,`Bearer ${n}`),t.header.set(`accept-language`,M.peek()),e(t)}]}),$f=3e4,ep={name:`grpc-web`,async call(e,t,n){return(await Qf.unary(e,n,$f,void 0,t)).message},async*watch(e,t,n){async function*r(){yield t}yield*(await Qf.stream(e,n,void 0,void 0,r())).message}},tp=ep;function np(e){tp=e}function rp(e,t,n){let r=Jf.of(e,t,n);return r.kind===`session`&&Rn(),r}async function ip(e,t,n){try{return await tp.call(e,t,n)}catch(n){throw rp(n,e,t)}}async function*ap(e,t,n){try{yield*tp.watch(e,t,n)}catch(r){if(n.aborted)return;throw rp(r,e,t)}}var op=j(new Map),sp,cp=()=>new Promise(e=>`requestIdleCallback`in globalThis?requestIdleCallback(()=>e(),{timeout:500}):setTimeout(e,200));function lp(){op.peek().size>0||sp||(sp=cp().then(()=>ip(Hs.method.listErrorCodes,{})).then(({codes:e})=>{op.value=new Map(e.map(e=>[e.code,e]))},()=>{sp=void 0}))}function up(e){return e?op.value.get(e):void 0}function dp(e,t){let n=up(e)?.texts;return n?.find(e=>e.language===t)??n?.[0]}function fp(e){return/^[a-z]+(?=[\s,.;:]|$)/.test(e)?e.charAt(0).toUpperCase()+e.slice(1):e}function pp(e,t=``,n={}){let r=dp(e,M.value);if(!r)return fp(t)||e;let i=dp(e,`en`),a={...t&&i?Eu(i.message,t,i.remedy):{},...n};return t&&M.value===`en`&&!Ou(r.message,a)?fp(t):fp(Du(r.message,a,_n))}function mp({code:e,reason:t,modules:n}){return pp(e??``,t??``,n.length>0?{modules:Mn(n.map(e=>_n(su(e))))}:{})}function hp(e,t={},n=``){let r=dp(e,M.value);if(!r)return``;let i=dp(e,`en`),a={...n&&i?Eu(i.message,n,i.remedy):{},...t};return Du(r.remedy,a,_n)}function gp(e){return pp(e)}function _p(e){return e.localized&&e.localized.locale.startsWith(M.value)?e.localized.message:e.code?pp(e.code,e.message,e.params):fp(e.message)}var vp=H(btoa(`
sigma/v1/run.proto\bsigma.v1"
Counts
new (BÐÁH\0
	unchanged (BÐÁH
\x07updated (BÐÁH
failed (BÐÁH
\x07skipped (BÐÁH
total (BÐÁH
warned\x07 (BÐÁHB
_newB\f

_unchangedB

\b_updatedB	
\x07_failedB

\b_skippedB\b
_totalB	
\x07_warned"î\x07
Run
run_id (	
\vmodule_name (	
trigger_source (	
\ftriggered_by (	H\0.

started_at (\v2.google.protobuf.Timestamp4
\vfinished_at (\v2.google.protobuf.TimestampH
status\x07 (	 
counts\b (\v2.sigma.v1.Counts
\rerror_summary	 (	H\r
phase
 (	'
state\v (2.sigma.v1.RunStateBØÁ(
\bprogress\f (\v2.sigma.v1.CountsBØÁ

error_code\r (	BØÁH!
expected_total (BØÁH
\x07dry_run (\bBÐÁH/
\bremovals (\v2.sigma.v1.RemovalsBÐÁH\x1B
\bchain_id (	BÐÁH\x07/
\bupstream (\v2.sigma.v1.UpstreamCallsBØÁ"
mapping_version (BØÁH\b
\x07trigger (	BÐÁH	(
\x07changes (\v2.sigma.v1.ChangesBÐÁ-
\x07waiting (\v2.sigma.v1.WaitingBÐÁH

\vstarted_key (	BØÁH\v,
\bfindings (\v2.sigma.v1.RunFindingBÐÁB
\r_triggered_byB
\f_finished_atB
_error_summaryB\r
\v_error_codeB
_expected_totalB

\b_dry_runB\v
	_removalsB\v
	_chain_idB
_mapping_versionB

\b_triggerB

\b_waitingB
\f_started_key"

RunFinding\f
code (	\r
field (	\f
word (	
\x07records (
sample (	BÐÁH\0
\x07message (	B	
\x07_sample"
\x07Waiting\f
code (	
reason (	)
since (\v2.google.protobuf.Timestamp.
until (\v2.google.protobuf.TimestampH\0B\b
_until"ô
\x07Changes
\x07planned (
\x07applied (
\vheld_reason (	\f
kind (	
field (	H\0
\rshare_percent (
\vapproved_by\x07 (	H
\bapproved\b (H!
\x07samples	 (\v2.sigma.v1.ChangeB\b
_fieldB
\f_approved_byB\v
	_approved"S
Change
\x07zoho_id (	

op (	
fields (	
label (	H\0B\b
_label"¤
\bRemovals
\x07planned (
\x07applied (
\vheld_reason (	H\0
\vapproved_by (	H
\bapproved (HB
\f_held_reasonB
\f_approved_byB\v
	_approved"O
\rUpstreamCalls

zoho_calls (
\fzoho_credits (
\fmoodle_calls ("
\x07RunItem
\x07zoho_id (	
status (	
\x07message (	H\0%
diff (\v2.google.protobuf.Struct.

created_at (\v2.google.protobuf.Timestamp
code (	H
op\x07 (	BÐÁH
class\b (	BÐÁH
	target_id	 (	BÐÁH"
mapping_version
 (BØÁH-
\bwarnings\v (\v2.sigma.v1.ItemWarningBÐÁB

\b_messageB\x07
_codeB
_opB\b
_classB\f

_target_idB
_mapping_version"9
\vItemWarning\r
field (	\f
code (	\r
value (	"¨
TriggerRunRequest
\vmodule_name (	
\ftriggered_by (	H\0
\x07dry_run (\bH
scope (	H
ids (	BøÁè\x07B
\r_triggered_byB

\b_dry_runB\b
_scope"
TriggerAllRequest
\ftriggered_by (	H\0
\x07dry_run (\bH
scope (	HB
\r_triggered_byB

\b_dry_runB\b
_scope"C
TriggerAllResponse
\bchain_id (	\x1B
runs (\v2\r.sigma.v1.Run"0
TriggerRunResponse
run (\v2\r.sigma.v1.Run"·
ListRunsRequest
module (	
limit (H\0

page_token (	
status (	
trigger_source (	

error_code (	
\bchain_id\x07 (	6
\rstarted_after\b (\v2.google.protobuf.TimestampH7
started_before	 (\v2.google.protobuf.TimestampHB\b
_limitB
_started_afterB
_started_before"H
ListRunsResponse\x1B
runs (\v2\r.sigma.v1.Run
next_page_token (	"
\rGetRunRequest
run_id (	
\vitems_limit (H\0
\vitems_token (	
\fitems_status (	

items_code (	B
\f_items_limit"
GetRunResponse 
run (\v2\r.sigma.v1.RunBàÁ 
items (\v2.sigma.v1.RunItem
\vitems_total (

items_next (	H\0B\r
\v_items_next"$
RetryFailedRequest
run_id (	"1
RetryFailedResponse
run (\v2\r.sigma.v1.Run"L
RetryItemsRequest
run_id (	
codes (	BøÁ2
ids (	BøÁè\x07"0
RetryItemsResponse
run (\v2\r.sigma.v1.Run"W
ListRemovalsRequest
run_id (	
limit (H\0

page_token (	B\b
_limit"T
ListRemovalsResponse#
\bremovals (\v2.sigma.v1.Removal
next_page_token (	"J
\x07Removal
\x07zoho_id (	
\bevidence (	
label (	H\0B\b
_label"W
ApproveRunRequest
run_id (	
\bremovals (
\x07changes (H\0B

\b_changes"0
ApproveRunResponse
run (\v2\r.sigma.v1.Run"#
DiscardRunRequest
run_id (	"0
DiscardRunResponse
run (\v2\r.sigma.v1.Run""
CancelRunRequest
run_id (	"/
CancelRunResponse
run (\v2\r.sigma.v1.Run"!
WatchRunRequest
run_id (	"@
WatchRunResponse
run (\v2\r.sigma.v1.Run
\bsequence ("2
WatchEventsRequest
after (H\0B\b
_after"G
WatchEventsResponse
\bsequence (
event (\v2.sigma.v1.Event"}
Event\f
kind (	
\x07subject (	.

created_at (\v2.google.protobuf.Timestamp%
data (\v2.google.protobuf.Struct*Å
\bRunState
RUN_STATE_UNSPECIFIED\0
RUN_STATE_QUEUED
RUN_STATE_RUNNING
RUN_STATE_HELD
RUN_STATE_COMPLETED
RUN_STATE_PARTIAL
RUN_STATE_FAILED
RUN_STATE_CANCELLED\x072
SyncRunService

TriggerRun\x1B.sigma.v1.TriggerRunRequest.sigma.v1.TriggerRunResponse"V²»	run.startÀ»Ú»	run_startð»Óä.:*brun"$/v1/extension/sync/{module_name}/run

TriggerAll\x1B.sigma.v1.TriggerAllRequest.sigma.v1.TriggerAllResponse";²»	run.startÚ»	run_startÓä\x1B:*"/v1/extension/sync/runo
\bListRuns.sigma.v1.ListRunsRequest.sigma.v1.ListRunsResponse",²»\brun.readÓäbruns/v1/extension/runsl
GetRun.sigma.v1.GetRunRequest.sigma.v1.GetRunResponse"/²»\brun.readÓä\x1B/v1/extension/runs/{run_id}
\fSummarizeRun.sigma.v1.SummarizeRunRequest.sigma.v1.SummarizeRunResponse"7²»\brun.readÓä%#/v1/extension/runs/{run_id}/summary
\vRetryFailed.sigma.v1.RetryFailedRequest.sigma.v1.RetryFailedResponse"O²»	run.startÚ»	run_startÓä/brun"(/v1/extension/runs/{run_id}/retry-failed

RetryItems\x1B.sigma.v1.RetryItemsRequest.sigma.v1.RetryItemsResponse"K²»	run.startÚ»	run_startÓä+:*brun"!/v1/extension/runs/{run_id}/retry
\fListRemovals.sigma.v1.ListRemovalsRequest.sigma.v1.ListRemovalsResponse"8²»\brun.readÓä&$/v1/extension/runs/{run_id}/removals

ApproveRun\x1B.sigma.v1.ApproveRunRequest.sigma.v1.ApproveRunResponse"F²»\vrun.approveÀ»Óä-:*brun"#/v1/extension/runs/{run_id}/approve

DiscardRun\x1B.sigma.v1.DiscardRunRequest.sigma.v1.DiscardRunResponse"?²»\vrun.approveÓä*brun"#/v1/extension/runs/{run_id}/discard
	CancelRun.sigma.v1.CancelRunRequest\x1B.sigma.v1.CancelRunResponse"=²»
run.cancelÓä)brun""/v1/extension/runs/{run_id}/cancelz
\bWatchRun.sigma.v1.WatchRunRequest.sigma.v1.WatchRunResponse"5²»\brun.readÓä#!/v1/extension/runs/{run_id}/watch0
\vWatchEvents.sigma.v1.WatchEventsRequest.sigma.v1.WatchEventsResponse"1²»\brun.readÒ»afterÓä/v1/extension/events0bproto3`),[G,Os,W,K,H(btoa(`
sigma/v1/summary.proto\bsigma.v1"%
SummarizeRunRequest
run_id (	"
SummarizeRunResponse
run_id (	\r
total ("
groups (\v2.sigma.v1.RunGroup
\vgroups_left ($
\x07moments (\v2.sigma.v1.RunMoment"A
	RunMoment&
at (\v2.google.protobuf.Timestamp\f
done ("ß
\bRunGroup
status (	
op (	H\0
class (	H
code (	H\r
count (
\vremedy_code (	H\r
retry\x07 (	)
\x07samples\b (\v2.sigma.v1.RunGroupSampleB
_opB\b
_classB\x07
_codeB
\f_remedy_code"
RunGroupSample
\x07zoho_id (	
	person_id (	H\0
\x07message (	H
	target_id (	H\r
place (B\f

_person_idB

\b_messageB\f

_target_idbproto3`),[W])]),yp=U(vp,0),bp={"tenant.read":[`platform`,`owner`,`operator`,`viewer`],"tenant.create":[`platform`],"tenant.update":[`platform`],"settings.read":[`owner`,`operator`,`viewer`],"settings.write":[`owner`],"module.read":[`owner`,`operator`,`viewer`],"module.write":[`owner`,`operator`],"mapping.read":[`owner`,`operator`,`viewer`],"mapping.write":[`owner`,`operator`],"run.read":[`owner`,`operator`,`viewer`],"run.start":[`owner`,`operator`],"run.cancel":[`owner`,`operator`],"run.approve":[`owner`,`operator`],"metadata.read":[`owner`,`operator`,`viewer`],"key.read":[`platform`,`owner`],"key.write":[`platform`,`owner`],"session.create":[`platform`,`owner`],"audit.read":[`platform`,`owner`],"view.write":[`owner`,`operator`]},xp=[`key.write`,`session.create`];function Sp(e){return Mu(e,Ps)?Nu(e,Ps):``}function Cp(e){return bp[Sp(e)]??[]}function wp(e){return Cp(e).at(-1)??`owner`}function Tp(e,t){let n=Pn.value;if(!n)return!1;if(Mu(e,Fs))return!0;let r=Sp(e);return xp.includes(r)||t&&!Ep(t)?!1:(bp[r]??[]).includes(n.role)}function Ep(e){let t=Pn.value?.modules??[];return t.length===0||t.includes(e)}var Dp=new Map,Op=200;function kp(e,t){let n=z(e.input,t),r=`${e.parent.name}/${e.name} ${Wu(e.input,n)}`,i=Dp.get(r);if(i)return i;let a,o=!1,s={service:e.parent.name,data:j(void 0),failure:j(void 0),busy:j(!1),stale:!0,users:0,at:0,load(){return a?(o=!0,a):(s.stale=!1,s.busy.value=!0,a=ip(e,n).then(e=>{s.data.value=e,s.failure.value=void 0,s.at=Date.now()},n=>{s.failure.value=Jf.of(n,e,t),s.stale=!0}).finally(()=>{a=void 0,s.busy.value=!1,o&&(o=!1,s.users>0?s.load():s.stale=!0)}),a)}};Dp.set(r,s);for(let[e,t]of Dp){if(Dp.size<=Op)break;t.users===0&&Dp.delete(e)}return s}function Ap(e,t,{everyMs:n,skip:r=!1}={}){let i=r?void 0:kp(e,t),a=Fe(void 0);Pe(()=>{if(i)return i.users+=1,i.stale&&N.peek()===`open`&&i.load(),()=>{--i.users}},[i]),Ne(()=>{if(!i||!n)return;let e=setInterval(()=>{!document.hidden&&N.peek()===`open`&&i.load()},n);return()=>clearInterval(e)},[i,n]);let o=i?.data.value;return o&&(a.current=o),{data:o??a.current,failure:i?.failure.value,busy:i?.busy.value??!1,isCurrent:o!==void 0,at:i?.at??0,reload:()=>void i?.load()}}var jp={run:[`SyncRunService`,`ItemService`,`PersonService`,`ModuleService`,`OverviewService`,`RecordService`,`SettingsService`],settings:[`SettingsService`,`BrandingService`,`OverviewService`,`MetadataService`],module:[`ModuleService`,`OverviewService`,`SettingsService`,`MetadataService`],mapping:[`MappingService`,`OverviewService`,`SettingsService`],key:[`AccessService`,`OverviewService`,`AuditService`],session:[`AccessService`,`AuditService`],tenant:[`TenantService`,`OverviewService`],connection:[`SettingsService`,`OverviewService`],view:[`SavedViewService`]},Mp;function Np(e){let t=[...jp[e]??[],`AuditService`];Mp||(Mp=new Set,setTimeout(()=>{let e=Mp;Mp=void 0,e&&Fp(t=>e.has(t.service))},300));for(let e of t)Mp.add(e)}function Pp(){Fp(()=>!0)}function Fp(e){for(let t of Dp.values())e(t)&&(t.stale=!0,t.users>0&&N.peek()===`open`&&t.load())}function Ip(e){let[t,n]=O(!1),[r,i]=O(),a=Fe(!1);return Ie(()=>({busy:t,failure:r,clear:()=>i(void 0),async run(...t){if(a.current)return!1;a.current=!0,n(!0),i(void 0);try{return await e(...t),!0}catch(e){return i(Jf.of(e)),!1}finally{a.current=!1,n(!1)}}}),[t,r,e])}var Lp=j(`off`),Rp=new Set;function zp(e){Rp.add(e)}var Bp=j(navigator.onLine),Vp=1e3,Hp=3e4,Up=4e4,Wp=1500,Gp=new Set;function Kp(e){return Gp.add(e),()=>Gp.delete(e)}function qp(e,t){let n=Math.min(Hp,Vp*2**Math.min(e,10));return Math.round(n*(.75+t*.25))}function Jp(){addEventListener(`online`,()=>{Bp.value=!0}),addEventListener(`offline`,()=>{Bp.value=!1});let e;mt(()=>{let t=N.value===`open`&&Pn.value!==void 0&&Tp(yp.method.watchEvents);e?.abort(),e=void 0,t?(e=new AbortController,Yp(e.signal)):Lp.value=`off`})}async function Yp(e){let t,n=0;for(;!e.aborted;){let r=new AbortController,i=()=>r.abort();e.addEventListener(`abort`,i);let a=setTimeout(i,Up);try{let e=t===void 0?{}:{after:t};for await(let{sequence:o,event:s}of ap(yp.method.watchEvents,e,r.signal)){if(clearTimeout(a),a=setTimeout(i,Up),Lp.peek()!==`live`){if(n>0?Pp():t===void 0&&setTimeout(Pp,Wp),n>0)for(let e of Rp)e();Lp.value=`live`,Bp.value=!0}if(n=0,t=o,s){Np(s.kind.split(`.`)[0]??``);for(let e of Gp)e(s)}}}catch(e){let n=Jf.of(e);if(n.code===`EVENTS_GONE`){t=void 0,Pp();continue}if(n.kind===`offline`&&(Bp.value=!1),n.kind===`session`||n.kind===`forbidden`){Lp.value=`off`;return}}finally{clearTimeout(a),e.removeEventListener(`abort`,i)}if(e.aborted)return;Lp.value=`waiting`;let o=qp(n,Math.random());n+=1,await new Promise(e=>setTimeout(e,o))}}var Xp=H(btoa(`
google/api/field_behavior.proto
google.api*¶
\rFieldBehavior
FIELD_BEHAVIOR_UNSPECIFIED\0\f
\bOPTIONAL\f
\bREQUIRED
\vOUTPUT_ONLY

INPUT_ONLY\r
	IMMUTABLE
UNORDERED_LIST
NON_EMPTY_DEFAULT\x07

IDENTIFIER\b:\`
field_behavior.google.protobuf.FieldOptions\b (2.google.api.FieldBehaviorR\rfieldBehaviorBp
com.google.apiBFieldBehaviorProtoPZAgoogle.golang.org/genproto/googleapis/api/annotations;annotations¢GAPIbproto3`),[Mo]),Zp=H(btoa(`
sigma/v1/limit.proto\bsigma.v1"¼
Limits!
requests_per_s (BÐÁH\0%
run_starts_per_min (BÐÁH&
session_mints_per_s (BÐÁHB
_requests_per_sB
_run_starts_per_minB
_session_mints_per_sbproto3`),[K]),Qp=H(btoa(`
sigma/v1/session.proto\bsigma.v1"¢
\x07Session

session_id (	
	tenant_id (	
key_id (	\f
role (	\r
actor (	
\x07modules (	
origin\x07 (	H\0
reason\b (	H.

created_at	 (\v2.google.protobuf.Timestamp.

expires_at
 (\v2.google.protobuf.Timestamp

is_pending\v (\bB	
\x07_originB	
\x07_reason"Ò
CreateSessionRequest\f
role (	
actor (	BâA
\x07modules (	BøÁ\b
origin (	H\0
ttl_s (H
	tenant_id (	
reason\x07 (	H
\x07as_code\b (\bB	
\x07_originB\b
_ttl_sB	
\x07_reason"j
CreateSessionResponse(
\x07session (\v2.sigma.v1.SessionBàÁ
token (	BÈÁ
code (	BÈÁ"(
ListSessionsRequest
	tenant_id (	";
ListSessionsResponse#
\bsessions (\v2.sigma.v1.Session"=
RevokeSessionRequest

session_id (	
	tenant_id (	";
RevokeSessionResponse"
\x07session (\v2.sigma.v1.Session"'
RevokeSessionsRequest
key_id (	"'
RevokeSessionsResponse\r
ended ("-
ClaimSessionRequest
code (	B\bâAÈÁ"U
ClaimSessionResponse(
\x07session (\v2.sigma.v1.SessionBàÁ
token (	BÈÁbproto3`),[Xp,W,K]),$p=V(Qp,2),em=U(H(btoa(`
sigma/v1/access.proto\bsigma.v1"é
Key
key_id (	
	tenant_id (	\f
name (	\r
roles (	.

created_at (\v2.google.protobuf.Timestamp

created_by (	H\03

expires_at\x07 (\v2.google.protobuf.TimestampH
\vallow_cidrs\b (	5
\flast_used_at	 (\v2.google.protobuf.TimestampH$
\x07secrets
 (\v2.sigma.v1.KeySecret

min_scheme\v (	
	v1_reason\f (	H
	only_mint\r (\b+
limits (\v2.sigma.v1.LimitsBÐÁHB\r
\v_created_byB\r
\v_expires_atB
\r_last_used_atB\f

_v1_reasonB	
\x07_limits"Ú
	KeySecret
	secret_id (.

created_at (\v2.google.protobuf.Timestamp3

retires_at (\v2.google.protobuf.TimestampH\05
\flast_used_at (\v2.google.protobuf.TimestampHB\r
\v_retires_atB
\r_last_used_at"$
ListKeysRequest
	tenant_id (	"/
ListKeysResponse\x1B
keys (\v2\r.sigma.v1.Key"Ä
CreateKeyRequest
	tenant_id (	
name (	BâA
roles (	B\bâAøÁ\b3

expires_at (\v2.google.protobuf.TimestampH\0
\vallow_cidrs (	BøÁ

min_scheme (	H
	v1_reason\x07 (	H
	only_mint\b (\b%
limits	 (\v2.sigma.v1.LimitsHB\r
\v_expires_atB\r
\v_min_schemeB\f

_v1_reasonB	
\x07_limits"K
CreateKeyResponse 
key (\v2\r.sigma.v1.KeyBàÁ
secret (	BÈÁ"Ú
UpdateKeyRequest
key_id (	
	tenant_id (	
name (	H\03

expires_at (\v2.google.protobuf.TimestampH
\rnever_expires (\b
\vallow_cidrs (	BøÁ
	allow_all\x07 (\b

min_scheme\b (	H
	v1_reason	 (	H%
limits
 (\v2.sigma.v1.LimitsHB\x07
_nameB\r
\v_expires_atB\r
\v_min_schemeB\f

_v1_reasonB	
\x07_limits"/
UpdateKeyResponse
key (\v2\r.sigma.v1.Key"[
RotateKeyRequest
key_id (	
	tenant_id (	
	overlap_s (H\0B\f

_overlap_s"K
RotateKeyResponse 
key (\v2\r.sigma.v1.KeyBàÁ
secret (	BÈÁ"5
RevokeKeyRequest
key_id (	
	tenant_id (	"/
RevokeKeyResponse
key (\v2\r.sigma.v1.Key2ý

\rAccessServiceo
\bListKeys.sigma.v1.ListKeysRequest.sigma.v1.ListKeysResponse",²»\bkey.readÓäbkeys/v1/extension/keysy
	CreateKey.sigma.v1.CreateKeyRequest\x1B.sigma.v1.CreateKeyResponse"3¨»É²»	key.writeÀ»Óä:*"/v1/extension/keys
	UpdateKey.sigma.v1.UpdateKeyRequest\x1B.sigma.v1.UpdateKeyResponse"<²»	key.writeÀ»Óä%:*bkey\x1B/v1/extension/keys/{key_id}
	RotateKey.sigma.v1.RotateKeyRequest\x1B.sigma.v1.RotateKeyResponse":²»	key.writeÓä':*""/v1/extension/keys/{key_id}/rotate
	RevokeKey.sigma.v1.RevokeKeyRequest\x1B.sigma.v1.RevokeKeyResponse"?²»	key.writeÓä,:*bkey""/v1/extension/keys/{key_id}/revoke
\rCreateSession.sigma.v1.CreateSessionRequest.sigma.v1.CreateSessionResponse"L¨»É²»session.createÀ»Ú»\fsession_mintÓä\x1B:*"/v1/extension/sessions
\fListSessions.sigma.v1.ListSessionsRequest.sigma.v1.ListSessionsResponse":²»session.createÓä"b\bsessions/v1/extension/sessions¢
\rRevokeSession.sigma.v1.RevokeSessionRequest.sigma.v1.RevokeSessionResponse"P²»session.createÓä8:*b\x07session"*/v1/extension/sessions/{session_id}/revoke
RevokeSessions.sigma.v1.RevokeSessionsRequest .sigma.v1.RevokeSessionsResponse"H²»session.createÓä0:*"+/v1/extension/keys/{key_id}/sessions/revoke~
\fClaimSession.sigma.v1.ClaimSessionRequest.sigma.v1.ClaimSessionResponse"/¸»À»Óä!:*"/v1/extension/sessions/claimbproto3`),[G,Xp,W,Zp,K,Qp]),0),tm=(function(){let e=typeof document<`u`&&document.createElement(`link`).relList;return e&&e.supports&&e.supports(`modulepreload`)?`modulepreload`:`preload`})(),nm=function(e,t){return new URL(e,t).href},rm={},im=function(e){return e.pathname.endsWith(`.css`)},am=function(e,t,n){if(t in e)return e[t];let r=n();if(!r){e[t]=void 0;return}let i=r.then(()=>{e[t]=void 0},n=>{throw e[t]=void 0,n});return e[t]=i,i},X=function(e,t,n){let r=Promise.resolve();if(t&&t.length>0){let e,i=document.querySelector(`meta[property=csp-nonce]`),a=i?.nonce||i?.getAttribute(`nonce`);function o(e){return Promise.all(e.map(e=>Promise.resolve(e).then(e=>({status:`fulfilled`,value:e}),e=>({status:`rejected`,reason:e}))))}function s(e){return import.meta.resolve?new URL(import.meta.resolve(e)):new URL(e,import.meta.url)}r=o(t.map(t=>{t=nm(t,n);let r=s(t),i=im(r);return am(rm,r.href,()=>{if(e===void 0){e={all:new Set,styles:new Set};let t=document.getElementsByTagName(`link`);for(let n=t.length-1;n>=0;n--){let r=t[n];e.all.add(r.href),r.rel===`stylesheet`&&e.styles.add(r.href)}}if((i?e.styles:e.all).has(r.href))return;let t=document.createElement(`link`);if(t.rel=i?`stylesheet`:tm,i||(t.as=`script`),t.crossOrigin=``,t.href=r.href,a&&t.setAttribute(`nonce`,a),document.head.appendChild(t),i)return new Promise((e,n)=>{let i=a=>{t.removeEventListener(`load`,i),t.removeEventListener(`error`,i),a.type===`error`?n(Error(`Unable to preload CSS for ${r}`)):e(a)};t.addEventListener(`load`,i),t.addEventListener(`error`,i)})})}).filter(e=>e!==void 0))}function i(e){let t=new Event(`vite:preloadError`,{cancelable:!0});if(t.payload=e,window.dispatchEvent(t),!t.defaultPrevented)throw e}return r.then(t=>{for(let e of t||[])e.status===`rejected`&&i(e.reason);return e().catch(i)})},om=j(void 0),sm=j(void 0),cm=j(!1),lm=j(void 0);async function um(){try{let e=await ip(Hs.method.getServerInfo,{}),t=om.peek();(e.apiVersion!==`v1`||t&&t.version!==e.version)&&(cm.value=!0),om.value=e,sm.value=void 0;let n=xn(e.serverTime);n&&At(n)}catch(e){sm.value=Jf.of(e)}}async function dm(e){N.value=`claiming`,lm.value=void 0;try{let t=await ip(em.method.claimSession,{code:e});t.session&&Ln(t.session,t.token)}catch(e){lm.value=Jf.of(e),N.value=`refused`}}async function fm(){let e=zn();if(!e&&gm()){N.value=`claiming`;let{startInZoho:e}=await X(async()=>{let{startInZoho:e}=await import(`./host-BQseJCIT.js`);return{startInZoho:e}},[],import.meta.url);if(await e())return um();N.value=`none`}let t=e?dm(e):void 0,n=um();await t,await n,window.parent!==window&&mm(om.peek()?.parentOrigins??[])}function pm(){addEventListener(`hashchange`,()=>{let e=zn();e&&dm(e)})}function mm(e){let t=[];addEventListener(`message`,n=>{if(n.source!==window.parent||!e.includes(n.origin)||n.data?.type!==`sigma-session`||typeof n.data.token!=`string`)return;let r=hm(n.data);r&&Ln(r.session,r.token);for(let e of t.splice(0))e(n.data)});for(let t of e)window.parent.postMessage({type:`sigma-session-wanted`},t);Vn(()=>new Promise(n=>{t.push(e=>n(hm(e))),setTimeout(()=>n(void 0),1e4);for(let t of e)window.parent.postMessage({type:`sigma-session-wanted`},t)}))}function hm(e){let{token:t,session:n}=e;if(typeof t!=`string`||!/^et_[A-Za-z0-9]{43}$/.test(t))return;let r=typeof n?.expiresAt==`string`?Date.parse(n.expiresAt):NaN;if(Number.isNaN(r))return;let i=e=>({$typeName:`google.protobuf.Timestamp`,seconds:BigInt(Math.floor(e/1e3)),nanos:0});return{token:t,session:{$typeName:`sigma.v1.Session`,sessionId:``,tenantId:String(n?.tenantId??``),keyId:``,role:String(n?.role??`viewer`),actor:String(n?.actor??``),modules:Array.isArray(n?.modules)?n.modules.map(String):[],isPending:!1,createdAt:i(Date.now()),expiresAt:i(r)}}}function gm(){let e=new URLSearchParams(location.search);return window.parent!==window&&(e.get(`zoho`)===`1`||e.has(`serviceOrigin`))}function _m(e){let t=e.replace(/^#/,``),n=t.indexOf(`?`),r=(n<0?t:t.slice(0,n))||`/`,i=Object.fromEntries(new URLSearchParams(n<0?``:t.slice(n+1)));return{path:r.startsWith(`/`)?r:`/${r}`,query:i}}function vm(e,t={}){let n=Object.entries(t).filter(e=>!!e[1]),r=new URLSearchParams(n).toString();return`#${e}${r?`?${r}`:``}`}var ym=j(_m(location.hash));function bm(){addEventListener(`hashchange`,()=>{ym.value=_m(location.hash)}),ym.value=_m(location.hash)}function xm(e){location.hash=e.replace(/^#/,``)}function Sm(e){let{path:t,query:n}=ym.value,r=Object.keys(e),i=Object.fromEntries(r.map(t=>[t,n[t]??e[t]])),a=a=>{let o=`page`in a?{}:{page:``},s={...n,...i,...o,...a};for(let t of r)s[t]===e[t]&&(s[t]=void 0);return vm(t,s)};return{values:i,href:a,set:e=>{history.replaceState(null,``,a(e)),ym.value=_m(location.hash)},isNarrowed:r.some(t=>t!==`page`&&i[t]!==e[t]),clear:()=>xm(vm(t,{}))}}var Cm=H(btoa(`
sigma/v1/item.proto\bsigma.v1"ü
Item
run_id (	
\vmodule_name (	
trigger_source (	
\x07dry_run (\b\r
place (
\x07zoho_id (	
	person_id\x07 (	H\0
status\b (	
op	 (	H
code
 (	H
class\v (	H
\x07message\f (	H%
diff\r (\v2.google.protobuf.Struct
	target_id (	H
mapping_version (H.

created_at (\v2.google.protobuf.Timestamp-
\bwarnings (\v2.sigma.v1.ItemWarningBÐÁB\f

_person_idB
_opB\x07
_codeB\b
_classB

\b_messageB\f

_target_idB
_mapping_version"ã
ListItemsRequest
module (	
status (	
trigger_source (	\f
code (	6
\rcreated_after (\v2.google.protobuf.TimestampH\07
created_before (\v2.google.protobuf.TimestampH
run_id\x07 (	
limit\b (H

page_token	 (	
\x07zoho_id
 (	
	person_id\v (	\r
class\f (	B
_created_afterB
_created_beforeB\b
_limit"K
ListItemsResponse
items (\v2.sigma.v1.Item
next_page_token (	"B
ExportItemsRequest
run_id (	
status (	\f
code (	"9
ExportItemsResponse"
item (\v2.sigma.v1.ItemBàÁ"E
ExportItemsCsvRequest
run_id (	
status (	\f
code (	"&
ExportItemsCsvResponse\f
text (	"m
ListItemExchangesRequest
run_id (	
\x07zoho_id (	
limit (H\0

page_token (	B\b
_limit"_
ListItemExchangesResponse)
	exchanges (\v2.sigma.v1.ItemExchange
next_page_token (	"
\fItemExchange
run_id (	
\x07zoho_id (	\r
place (
\bprovider (	
method (	
\x07request (	
answer\x07 (	
\vhttp_status\b (H\0
\vduration_ms	 (\r
tries
 (\v
cut\v (\b.

created_at\f (\v2.google.protobuf.TimestampB
\f_http_status2Ü
\vItemServicem
	ListItems.sigma.v1.ListItemsRequest\x1B.sigma.v1.ListItemsResponse"'²»\brun.readÓä/v1/extension/items
\vExportItems.sigma.v1.ExportItemsRequest.sigma.v1.ExportItemsResponse"6²»\brun.readÓä$"/v1/extension/runs/{run_id}/export0¼
ExportItemsCsv.sigma.v1.ExportItemsCsvRequest .sigma.v1.ExportItemsCsvResponse"e²»\brun.readÊ»'text/csv; charset=utf-8; header=presentÓä(&/v1/extension/runs/{run_id}/export/csv0
ListItemExchanges".sigma.v1.ListItemExchangesRequest#.sigma.v1.ListItemExchangesResponse"9²»\brun.readÓä'%/v1/extension/runs/{run_id}/exchangesbproto3`),[G,Os,W,K,vp]),wm=U(Cm,0),Tm=U(H(btoa(`
sigma/v1/person.proto\bsigma.v1"ý
Person
	person_id (	
name (	H\0
email (	H
	moodle_id (	H5
\flast_seen_at (\v2.google.protobuf.TimestampH#
links (\v2.sigma.v1.PersonLink
\vlinks_total\x07 (B\x07
_nameB\b
_emailB\f

_moodle_idB
\r_last_seen_at"Ô

PersonLink
\vmodule_name (	
\x07zoho_id (	
\vtarget_kind (	
	target_id (	\r
state (	.

updated_at (\v2.google.protobuf.Timestamp0
sent\x07 (\v2.google.protobuf.StructBÐÁH\0B\x07
_sent"z
FindPeopleRequest\r
query (	
limit (H\0

page_token (	
	with_sent (\bHB\b
_limitB\f

_with_sent"O
FindPeopleResponse 
people (\v2.sigma.v1.Person
next_page_token (	"~
ListPersonEventsRequest
	person_id (	
module (	
status (	
limit (H\0

page_token (	B\b
_limit"S
ListPersonEventsResponse
events (\v2.sigma.v1.Item
next_page_token (	2
\rPersonServiceq

FindPeople\x1B.sigma.v1.FindPeopleRequest.sigma.v1.FindPeopleResponse"(²»\brun.readÓä/v1/extension/people
ListPersonEvents!.sigma.v1.ListPersonEventsRequest".sigma.v1.ListPersonEventsResponse";²»\brun.readÓä)'/v1/extension/people/{person_id}/eventsbproto3`),[G,Os,W,Cm,K]),0),Em=Symbol.for(`pv`),Dm=0;Array.isArray;function Z(t,n,r,i,a,o){n||={};var s,c,l=n;if(`ref`in l&&typeof t!=`function`)for(c in l={},n)c==`ref`?s=n[c]:l[c]=n[c];var u={type:t,props:l,key:r,ref:s,__k:null,__:null,__b:0,__e:null,__c:null,constructor:Em,__v:--Dm,__i:-1,__u:0};return(a||o)&&(u.__source=a,u.__self=o),e.vnode&&e.vnode(u),u}var Om={overview:`M4 13h6V4H4v9Zm0 7h6v-4H4v4Zm10 0h6v-9h-6v9Zm0-16v4h6V4h-6Z`,runs:`M4 12a8 8 0 0 1 13.7-5.6L20 8.5M20 4v4.5h-4.5M20 12a8 8 0 0 1-13.7 5.6L4 15.5M4 20v-4.5h4.5`,people:`M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Zm-6 9c0-3.3 2.7-6 6-6s6 2.7 6 6M15.5 4.5a3.5 3.5 0 0 1 0 6M17.5 14.5c2.1.9 3.5 3 3.5 5.5`,modules:`M12 3 3.5 7.5 12 12l8.5-4.5L12 3ZM3.5 12 12 16.5l8.5-4.5M3.5 16.5 12 21l8.5-4.5`,mappings:`M4 6h5c4 0 2 12 6 12h5M17 15l3 3-3 3M4 18h4M16 6h4`,connections:`M9 15l6-6M8 11l-2.5 2.5a3.9 3.9 0 0 0 5.5 5.5L13.5 16.5M16 13l2.5-2.5A3.9 3.9 0 0 0 13 5l-2.500 2.500`,keys:`M14.500 13.500a5 5 0 1 0-4-4L4 16v4h4v-2.500h2.500V15l1.500-1.500M16 8h.01`,audit:`M7 3h7l4 4v14H7V3Zm7 0v4h4M10 12h5M10 16h5`,tenants:`M4 20V9l8-5 8 5v11M4 20h16M9.500 20v-5h5v5M12 9.500v.01`,more:`M6 12a1 1 0 1 1-2 0 1 1 0 0 1 2 0Zm7 0a1 1 0 1 1-2 0 1 1 0 0 1 2 0Zm7 0a1 1 0 1 1-2 0 1 1 0 0 1 2 0Z`,search:`M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm5-2 4.500 4.500`,language:`M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM3.500 12h17M12 3c2.500 2.500 3.500 5.500 3.500 9s-1 6.500-3.500 9c-2.500-2.500-3.500-5.500-3.500-9s1-6.500 3.500-9Z`,theme:`M12 3v18a9 9 0 0 0 0-18Zm0 0a9 9 0 0 0 0 18`,check:`M5 12.500 10 17 19.500 7`,good:`M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm-4-8.500 3 3 5-6`,warn:`M12 4 2.500 20h19L12 4Zm0 6v5M12 17.500v.01`,bad:`M8.300 3h7.400L21 8.300v7.400L15.700 21H8.300L3 15.700V8.300L8.300 3ZM9 9l6 6M15 9l-6 6`,held:`M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM10 9v6M14 9v6`,info:`M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm0-10v5M12 8v.01`,wait:`M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm0-13.500V12l3 2`,turn:`M12 3a9 9 0 1 0 9 9`,off:`M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM6 6l12 12`,dash:`M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM8 12h8`,close:`M6 6l12 12M18 6 6 18`,plus:`M12 5v14M5 12h14`,pencil:`M4 20l1-4L16 5l3 3L8 19l-4 1ZM13.500 7.500l3 3`,trash:`M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13M10 11v5M14 11v5`,copy:`M9 9h11v11H9V9Zm-5 6V4h11`,download:`M12 4v11M7 11l5 5 5-5M5 20h14`,play:`M8 5v14l11-7L8 5Z`,retry:`M4 12a8 8 0 1 0 2.500-5.800L4 8.500M4 4v4.500h4.500`,forward:`M9 5l7 7-7 7`,up:`M5 15l7-7 7 7`,down:`M5 9l7 7 7-7`,back:`M15 5l-7 7 7 7`,arrow:`M4 12h16M14 6l6 6-6 6`,out:`M10 5H5v14h14v-5M14 4h6v6M20 4l-9 9`,filter:`M4 5h16l-6 8v6l-4-2v-4L4 5Z`,lock:`M6 11h12v9H6v-9Zm2.500 0V8a3.500 3.500 0 0 1 7 0v3`,cloud:`M3 3l18 18M8 7.500A5.500 5.500 0 0 1 17.300 10 4.500 4.500 0 0 1 19.500 18M15.500 19H7a4.500 4.500 0 0 1-1-8.900`},km=new Set([`forward`,`back`,`arrow`,`out`,`mappings`,`play`,`retry`,`runs`]);function Q({name:e,label:t,spin:n}){return Z(`svg`,{class:`icon${km.has(e)?` turns`:``}${n?` spin`:``}`,viewBox:`0 0 24 24`,fill:`none`,stroke:`currentColor`,"stroke-width":`1.75`,"stroke-linecap":`round`,"stroke-linejoin":`round`,...t?{role:`img`,"aria-label":t}:{"aria-hidden":`true`},children:Z(`path`,{d:Om[e]})})}function Am(){return Z(`svg`,{class:`icon-mark`,viewBox:`0 0 32 32`,"aria-hidden":`true`,children:[Z(`rect`,{width:`32`,height:`32`,rx:`8`,fill:`currentColor`,opacity:`0.16`}),Z(`path`,{d:`M22 9H10.5l6 7-6 7H22`,fill:`none`,stroke:`currentColor`,"stroke-width":`2.6`,"stroke-linecap":`round`,"stroke-linejoin":`round`})]})}var jm=j([]),Mm=0;function Nm({text:e,bad:t=!1,to:n}){Mm+=1;let r=Mm;jm.value=[...jm.value.filter(t=>t.text!==e).slice(-3),n?{id:r,text:e,bad:t,to:n}:{id:r,text:e,bad:t}],t||setTimeout(()=>Pm(r),n?9e3:5e3)}function Pm(e){jm.value=jm.value.filter(t=>t.id!==e)}function Fm(){return Z(`div`,{class:`toasts`,role:`status`,"aria-live":`polite`,"aria-atomic":`false`,children:jm.value.map(({id:e,text:t,to:n})=>Z(`div`,{class:`toast`,children:[Z(`span`,{children:t}),n&&Z(Im,{href:n.href,look:`quiet`,small:!0,children:n.text}),Z($,{icon:`close`,look:`quiet`,small:!0,label:ml(),onClick:()=>Pm(e)})]},e))})}function $({children:e,icon:t,look:n=`plain`,small:r,busy:i,disabled:a,label:o,type:s=`button`,onClick:c,expanded:l,id:u}){let d=!e;return Z(`button`,{id:u,type:s,class:`button ${n===`plain`?``:n}${r?` small`:``}${d?` square`:``}`,disabled:a,"aria-disabled":i?`true`:void 0,"aria-label":o,title:d?o:void 0,"aria-expanded":l,onClick:()=>{i||c?.()},children:[i?Z(Q,{name:`turn`,spin:!0}):t&&Z(Q,{name:t}),e]})}function Im({href:e,icon:t,look:n=`plain`,small:r,children:i,label:a}){return Z(`a`,{class:`button ${n===`plain`?``:n}${r?` small`:``}`,href:e,"aria-label":a,children:[t&&Z(Q,{name:t}),i]})}function Lm(e){if(e)try{let t=new URL(e);return t.protocol===`https:`||t.protocol===`http:`?t.href:void 0}catch{return}}function Rm({href:e,children:t}){let n=Lm(e);return n?Z(`a`,{href:n,target:`_blank`,rel:`noreferrer noopener`,children:[t,` `,Z(Q,{name:`out`})]}):Z(x,{children:t})}function zm({children:e,copy:t}){return Z(`span`,{class:`nowrap-soft`,children:[Z(`bdi`,{class:`id`,dir:`ltr`,children:e}),t&&Z(Vm,{text:e,label:gl()})]})}function Bm({children:e}){return Z(`bdi`,{children:e})}function Vm({text:e,label:t,children:n}){let r=async()=>{try{await navigator.clipboard.writeText(e),Nm({text:_l()})}catch{a(!0)}},[i,a]=O(!1);return Z(x,{children:[Z($,{icon:`copy`,look:`quiet`,small:!0,label:n?void 0:t,onClick:()=>void r(),children:n}),i&&Z(`textarea`,{class:`mono`,dir:`ltr`,readOnly:!0,rows:3,"aria-label":t,value:e})]})}function Hm({at:e,otherwise:t}){return e?Z(`time`,{class:`nowrap`,title:Cn(e),children:kn(e,Math.max(Ot.value,Date.now()+Dt.value))}):Z(`span`,{class:`soft`,children:t??Sl()})}function Um({tone:e,icon:t,children:n,spin:r}){return Z(`span`,{class:`pill tone-${e}`,children:[Z(Q,{name:t,spin:r??!1}),Z(`span`,{children:n})]})}function Wm({title:e,aside:t,children:n,flush:r,label:i}){return Z(`section`,{class:`card${r?` flush`:``}`,"aria-label":i,children:[(e||t)&&Z(`div`,{class:`title`,children:[e&&Z(`h2`,{children:e}),t]}),n]})}function Gm({title:e,children:t,actions:n}){return Z(`header`,{class:`head`,children:[Z(`div`,{class:`grow`,children:[Z(`h1`,{children:e}),t&&Z(`div`,{class:`lead-in`,children:t})]}),n&&Z(`div`,{class:`row tight`,children:n})]})}function Km({on:e,label:t,disabled:n,onChange:r}){return Z(`button`,{type:`button`,role:`switch`,class:`switch`,"aria-checked":e,"aria-label":t,disabled:n,onClick:()=>r(!e)})}function qm({done:e,total:t,label:n,tone:r}){let i=t&&t>0?Math.min(1,e/t):void 0;return Z(`div`,{class:`meter${i===void 0?` unsure`:``}${r?` tone-${r}`:``}`,role:`progressbar`,"aria-label":n,"aria-valuemin":0,"aria-valuemax":100,...i===void 0?{}:{"aria-valuenow":Math.round(i*100)},children:Z(`span`,{style:i===void 0?void 0:{"--share":`${i*100}%`}})})}function Jm({tone:e,icon:t,title:n,children:r}){return Z(`div`,{class:`note tone-${e}`,children:[Z(Q,{name:t}),Z(`div`,{class:`stack tight`,children:[n&&Z(`p`,{class:`strong`,dir:`auto`,children:n}),r]})]})}function Ym({id:e,label:t,help:n,fault:r,children:i}){return Z(`div`,{class:`field`,children:[Z(`label`,{class:`label`,for:e,children:t}),i,n&&Z(`span`,{class:`help`,id:`${e}-help`,children:n}),r&&Z(`span`,{class:`fault`,id:`${e}-fault`,children:[Z(Q,{name:`bad`}),` `,r]})]})}function Xm(e,t,n){return[t?`${e}-help`:``,n?`${e}-fault`:``].filter(Boolean).join(` `)||void 0}function Zm({label:e,help:t,fault:n,value:r,onInput:i,type:a=`text`,dir:o=`auto`,autoFocus:s,...c}){let l=Le();return Z(Ym,{id:l,label:e,help:t,fault:n,children:Z(`input`,{id:l,type:a,...c,dir:o,value:r,ref:e=>{s&&e&&!e.dataset.seen&&(e.dataset.seen=`1`,e.focus())},autoComplete:`off`,spellcheck:!1,"aria-invalid":n?`true`:void 0,"aria-describedby":Xm(l,t,n),onInput:e=>i(e.currentTarget.value)})})}function Qm({label:e,help:t,fault:n,value:r,onInput:i,rows:a=4,dir:o=`auto`,disabled:s}){let c=Le();return Z(Ym,{id:c,label:e,help:t,fault:n,children:Z(`textarea`,{id:c,rows:a,dir:o,disabled:s,value:r,spellcheck:!1,"aria-invalid":n?`true`:void 0,"aria-describedby":Xm(c,t,n),onInput:e=>i(e.currentTarget.value)})})}function $m({label:e,help:t,fault:n,value:r,options:i,onChange:a,disabled:o}){let s=Le(),c=i.some(e=>e.value===r);return Z(Ym,{id:s,label:e,help:t,fault:n,children:Z(`select`,{id:s,value:r,disabled:o,"aria-describedby":Xm(s,t,n),onChange:e=>a(e.currentTarget.value),children:[!c&&Z(`option`,{value:r,children:r}),i.map(e=>Z(`option`,{value:e.value,selected:e.value===r,children:e.text},e.value))]})})}function eh({label:e,value:t,onSettled:n,placeholder:r,autoFocus:i}){let[a,o]=O(t);return Ne(()=>o(t),[t]),Ne(()=>{if(a===t)return;let e=setTimeout(()=>n(a),300);return()=>clearTimeout(e)},[a]),Z(Zm,{label:e,type:`search`,value:a,onInput:o,...r?{placeholder:r}:{},...i?{autoFocus:i}:{}})}function th({checked:e,onChange:t,children:n,disabled:r}){return Z(`label`,{class:`check`,children:[Z(`input`,{type:`checkbox`,checked:e,disabled:r,onChange:e=>t(e.currentTarget.checked)}),Z(`span`,{children:n})]})}function nh({legend:e,value:t,options:n,onChange:r}){let i=Le();return Z(`fieldset`,{class:`choice`,children:[Z(`legend`,{class:`legend`,children:e}),n.map(e=>Z(`label`,{class:`check`,children:[Z(`input`,{type:`radio`,name:i,value:e.value,checked:e.value===t,onChange:()=>r(e.value)}),Z(`span`,{children:[e.text,e.help&&Z(`span`,{class:`soft small choice-help`,children:e.help})]})]},e.value))]})}function rh(e){return`'${e.replaceAll(`'`,`'\\''`)}'`}function ih(e,t){if(typeof e!=`object`||!e||Array.isArray(e))return e;let n=Object.entries(e).flatMap(([e,n])=>{let r=t.fields.find(t=>t.name===e||t.jsonName===e);return r&&Mu(r,Is)&&Nu(r,Is)?[[e,`…`]]:[[e,r?.fieldKind===`message`?ih(n,r.message):n]]});return Object.fromEntries(n)}function ah(e,t){let n=`${e.parent.name}/${e.name}`,r=z(e.input,t??{}),i=ih(Uu(e.input,r,{useProtoFieldName:!0}),e.input),a=JSON.stringify(i);return a===`{}`?`sigma-sync call ${n}`:`sigma-sync call ${n} -d ${rh(a)}`}function oh({lines:e=5}){return Z(`div`,{class:`bones`,role:`status`,"aria-label":Cl(),children:Array.from({length:e},(e,t)=>Z(`span`,{},t))})}function sh({icon:e=`info`,title:t,children:n,action:r}){return Z(`div`,{class:`empty`,children:[Z(Q,{name:e}),Z(`h2`,{children:t}),n&&Z(`p`,{children:n}),r]})}var ch={connections:`/connections`,mappings:`/mappings`,modules:`/modules`,runs:`/runs`,people:`/people`,keys:`/keys`};function lh({failure:e,retry:t,inline:n}){if(lp(),e.kind===`forbidden`&&e.method&&!n)return Z(uh,{method:e.method});let r=e.kind===`offline`?wl():e.kind===`foreign`?El():_p(e),i=e.kind===`offline`?Tl():e.kind===`foreign`?Dl():hp(e.code,e.params,e.message),a=ch[up(e.code)?.screen??``];return Z(`div`,{role:`alert`,children:Z(Jm,{tone:`bad`,icon:e.kind===`offline`?`cloud`:`bad`,title:r,children:[i&&Z(`p`,{children:i}),e.fields.length>0&&Z(`ul`,{class:`small`,children:e.fields.map(({field:e,message:t})=>Z(`li`,{children:[Z(zm,{children:e}),` `,t]},e))}),e.retryAfterS!==void 0&&Z(`p`,{class:`small`,children:jl({count:e.retryAfterS,n:vn(e.retryAfterS)})}),Z(`div`,{class:`row tight`,children:[t&&Z($,{small:!0,icon:`retry`,onClick:t,children:yl()}),a&&Z(Im,{small:!0,href:`#${a}`,icon:`arrow`,children:bl()}),e.method&&Z(Vm,{text:ah(e.method,e.input),label:vl(),children:vl()})]}),(e.code||e.requestId)&&Z(`p`,{class:`small soft`,children:[e.code&&Z(zm,{children:e.code}),e.requestId&&Z(x,{children:[` · `,xl(),` `,Z(zm,{children:e.requestId})]})]})]})})}function uh({method:e}){return Z(Wm,{children:Z(sh,{icon:`lock`,title:Ml(),children:Nl({role:lu(wp(e))})})})}function dh({mine:e,theirs:t,keepMine:n,takeTheirs:r}){return Z(`div`,{class:`stack`,role:`alert`,children:[Z(Jm,{tone:`warn`,icon:`warn`,title:Pl(),children:Z(`p`,{children:Fl()})}),Z(`div`,{class:`grid`,children:[Z(Wm,{title:Il(),aside:Z($,{onClick:n,children:Rl()}),children:e}),Z(Wm,{title:Ll(),aside:Z($,{onClick:r,children:zl()}),children:t})]})]})}function fh({query:e,lines:t,children:n}){let{data:r,failure:i,reload:a,isCurrent:o}=e;return r?Z(x,{children:[i&&i.kind!==`session`&&Z(lh,{failure:i,retry:a}),Z(`div`,{class:o?void 0:`stale`,"aria-busy":o?void 0:`true`,children:n(r)})]}):i?Z(lh,{failure:i,retry:a}):Z(oh,{lines:t??5})}function ph({title:e,onClose:t,children:n,wide:r,kind:i}){let a=Fe(null),o=Le();return Pe(()=>{let e=a.current;return e&&!e.open&&e.showModal(),()=>e?.close()},[]),Z(`dialog`,{ref:a,class:`sheet${r?` wide`:``}${i?` ${i}`:``}`,"aria-labelledby":o,onCancel:e=>{e.preventDefault(),t?.()},onClick:e=>{e.target===a.current&&t?.()},children:Z(`div`,{class:`in`,children:[Z(`h2`,{id:o,children:e}),n]})})}function mh(e){let t=e.trim().replace(/[٠-٩۰-۹]/g,e=>String((e.codePointAt(0)??0)&15)).replace(/[,٬\s]/g,``);return/^\d{1,9}$/.test(t)?Number(t):void 0}function hh({title:e,children:t,action:n,count:r,danger:i,busy:a,failure:o,onConfirm:s,onClose:c}){let[l,u]=O(``),d=r!==void 0&&r>20,f=!d||mh(l)===r;return Z(ph,{title:e,onClose:c,children:Z(`form`,{class:`stack`,onSubmit:e=>{e.preventDefault(),f&&s()},children:[t,d&&Z(Zm,{label:Bl({n:vn(r)}),value:l,onInput:u,inputMode:`numeric`,dir:`ltr`,autoFocus:!0}),o&&Z(lh,{failure:o,inline:!0}),Z(`div`,{class:`ends`,children:[Z($,{onClick:c,children:hl()}),Z($,{type:`submit`,look:i?`danger lead`:`lead`,busy:a,disabled:!f,children:n})]})]})})}var gh=H(btoa(`
sigma/v1/audit.proto\bsigma.v1"¢

AuditEntry
\bentry_id (	.

created_at (\v2.google.protobuf.Timestamp
actor (	H\0
key_id (	

session_id (	H
\x07address (	H

request_id\x07 (	H
scheme\b (	H
action	 (	
\bresource
 (	,
before\v (\v2.google.protobuf.StructH&
after\f (\v2.google.protobuf.Struct
\x07outcome\r (	B\b
_actorB\r
\v_session_idB

\b_addressB\r
\v_request_idB	
\x07_schemeB	
\x07_before"¤
ListAuditEntriesRequest
	tenant_id (	\r
actor (	
key_id (	
action (	
\bresource (	.
since (\v2.google.protobuf.TimestampH\0.
until\x07 (\v2.google.protobuf.TimestampH
\x07outcome\b (	
limit	 (H

page_token
 (	B\b
_sinceB\b
_untilB\b
_limit"Z
ListAuditEntriesResponse%
\x07entries (\v2.sigma.v1.AuditEntry
next_page_token (	"ô
ExportAuditEntriesRequest
	tenant_id (	\r
actor (	
key_id (	
action (	
\bresource (	.
since (\v2.google.protobuf.TimestampH\0.
until\x07 (\v2.google.protobuf.TimestampH
\x07outcome\b (	B\b
_sinceB\b
_until"G
ExportAuditEntriesResponse)
entry (\v2.sigma.v1.AuditEntryBàÁ"÷
ExportAuditEntriesCsvRequest
	tenant_id (	\r
actor (	
key_id (	
action (	
\bresource (	.
since (\v2.google.protobuf.TimestampH\0.
until\x07 (\v2.google.protobuf.TimestampH
\x07outcome\b (	B\b
_sinceB\b
_until"-
ExportAuditEntriesCsvResponse\f
text (	"D
WatchAuditRequest
	tenant_id (	
after (H\0B\b
_after"K
WatchAuditResponse
\bsequence (#
entry (\v2.sigma.v1.AuditEntry2ÿ
\fAuditService
ListAuditEntries!.sigma.v1.ListAuditEntriesRequest".sigma.v1.ListAuditEntriesResponse")²»
audit.readÓä/v1/extension/audit
ExportAuditEntries#.sigma.v1.ExportAuditEntriesRequest$.sigma.v1.ExportAuditEntriesResponse"0²»
audit.readÓä/v1/extension/audit/export0Ë
ExportAuditEntriesCsv&.sigma.v1.ExportAuditEntriesCsvRequest'.sigma.v1.ExportAuditEntriesCsvResponse"_²»
audit.readÊ»'text/csv; charset=utf-8; header=presentÓä /v1/extension/audit/export/csv0

WatchAudit\x1B.sigma.v1.WatchAuditRequest.sigma.v1.WatchAuditResponse"8²»
audit.readÒ»afterÓä\x1B/v1/extension/audit/watch0bproto3`),[G,Os,W,K]),_h=V(gh,0),vh=U(gh,0),yh=H(btoa(`
sigma/v1/mapping.proto\bsigma.v1"ß
\x07Mapping
canonical_field (	\x1B
zoho_field_api_name (	
\brequired (\b
\rdefault_value (	H\00
transform_rules (\v2.google.protobuf.Struct

on_invalid (	BÐÁHB
_default_valueB\r
\v_on_invalid"*
ListMappingsRequest
\vmodule_name (	"L
ListMappingsResponse#
\bmappings (\v2.sigma.v1.Mapping
\x07version ("ê
\fMappingInput
canonical_field (	BâA!
zoho_field_api_name (	BâA
\brequired (\b
\rdefault_value (	H\00
transform_rules (\v2.google.protobuf.Struct

on_invalid (	HB
_default_valueB\r
\v_on_invalid"¦
\vMappingTest
name (	H\0&
given (\v2.google.protobuf.Struct'
expect (\v2.google.protobuf.Struct
\fexpect_error (	HB\x07
_nameB
\r_expect_error">
MappingTestList+
tests (\v2.sigma.v1.MappingTestBøÁÈ"ÿ
ReplaceMappingsRequest
\vmodule_name (	3
\bmappings (\v2.sigma.v1.MappingInputB	âAøÁÈ(
tests (\v2.sigma.v1.MappingTestList
reason (	H\0
expected_version (H
strict (\b\r
force\x07 (\bB	
\x07_reasonB
_expected_version"{
ReplaceMappingsResponse#
\bmappings (\v2.sigma.v1.Mapping
\x07version (*
\bfindings (\v2.sigma.v1.MappingFinding".
ListMappingTestsRequest
\vmodule_name (	"@
ListMappingTestsResponse$
tests (\v2.sigma.v1.MappingTest"
MappingVersion
\x07version (
author (	
reason (	H\0\f
hash (	.

created_at (\v2.google.protobuf.TimestampB	
\x07_reason"o
ListMappingVersionsRequest
\vmodule_name (	
limit (H\0
before (HB\b
_limitB	
\x07_before"e
\x1BListMappingVersionsResponse*
\bversions (\v2.sigma.v1.MappingVersion
next (H\0B\x07
_next"@
GetMappingVersionRequest
\vmodule_name (	
\x07version ("k
GetMappingVersionResponse)
\x07version (\v2.sigma.v1.MappingVersion#
\bmappings (\v2.sigma.v1.Mapping"x
\rMappingChange
canonical_field (	
change (	
old (\v2.sigma.v1.Mapping
new (\v2.sigma.v1.Mapping"]
DiffMappingVersionsRequest
\vmodule_name (	
from (BâA
to (H\0B
_to"a
\x1BDiffMappingVersionsResponse\f
from (

to ((
\x07changes (\v2.sigma.v1.MappingChange"¨
RollbackMappingsRequest
\vmodule_name (	
\x07version (BâA
reason (	H\0
expected_version (H\r
force (\bB	
\x07_reasonB
_expected_version"P
RollbackMappingsResponse#
\bmappings (\v2.sigma.v1.Mapping
\x07version ("ª
MappingFinding\r
field (	
canonical_field (	H\0\f
code (	
\bseverity (	
\x07message (	

suggestion (	HB
_canonical_fieldB\r
\v_suggestion"q
MappingTestOutcome\r
index (
name (	H\0
passed (\b
\x07message (	HB\x07
_nameB

\b_message"i
\fMappingDraft/
\bmappings (\v2.sigma.v1.MappingInputBøÁ(
tests (\v2.sigma.v1.MappingTestList"U
ValidateMappingsRequest
\vmodule_name (	%
draft (\v2.sigma.v1.MappingDraft"
ValidateMappingsResponse
\x07version (H\0\r
valid (\b*
\bfindings (\v2.sigma.v1.MappingFinding+
tests (\v2.sigma.v1.MappingTestOutcome0
\ffields_as_of (\v2.google.protobuf.Timestamp\x1B
fields_missing (	HB

\b_versionB
_fields_missing"Á
PreviewMappingsRequest
\vmodule_name (	'
record (\v2.google.protobuf.Struct
\x07zoho_id (	H\0%
draft (\v2.sigma.v1.MappingDraft
\x07version (HB

\b_zoho_idB

\b_version"8
\vMappingStep\f
name (	\r
value (	\f
type (	"ì
\fMappingTrace
canonical_field (	\x1B
zoho_field_api_name (	\r
input (	$
steps (\v2.sigma.v1.MappingStep
result (	H\0)
\x07failure (\v2.sigma.v1.MappingFailure
\x07dropped\x07 (\bBÐÁHB	
\x07_resultB

\b_dropped"Z
MappingFailure\f
code (	\r
field (	
\x07message (	
step (H\0B\x07
_step"õ
PreviewMappingsResponse
\x07version (H\0
\x07zoho_id (	$
rows (\v2.sigma.v1.MappingTrace*
	canonical (\v2.google.protobuf.Struct)
\x07failure (\v2.sigma.v1.MappingFailure*
\bfindings (\v2.sigma.v1.MappingFindingB

\b_version",
ExportMappingsRequest
\vmodule_name (	"&
ExportMappingsResponse\f
yaml (	">
DiffMappingsRequest
\vmodule_name (	
yaml (	BâA"Ð
ModuleMappings
\vmodule_name (	
\x07version ((
\x07changes (\v2.sigma.v1.MappingChange
\rtests_changed (\b*
\bfindings (\v2.sigma.v1.MappingFinding+
tests (\v2.sigma.v1.MappingTestOutcome"R
DiffMappingsResponse
\x07changed (\b)
\x07modules (\v2.sigma.v1.ModuleMappings"
ApplyMappingsRequest
\vmodule_name (	
yaml (	BâA
\x07dry_run (\b\r
force (\b
reason (	H\0B	
\x07_reason"b
ApplyMappingsResponse
\x07changed (\b\r
valid (\b)
\x07modules (\v2.sigma.v1.ModuleMappings2Ï
MappingService
\fListMappings.sigma.v1.ListMappingsRequest.sigma.v1.ListMappingsResponse"F²»\fmapping.readÓä0b\bmappings$/v1/extension/mappings/{module_name}ª
ReplaceMappings .sigma.v1.ReplaceMappingsRequest!.sigma.v1.ReplaceMappingsResponse"R²»\rmapping.writeÀ»ð»Óä3:*b\bmappings$/v1/extension/mappings/{module_name}¤
ListMappingTests!.sigma.v1.ListMappingTestsRequest".sigma.v1.ListMappingTestsResponse"I²»\fmapping.readÓä3btests*/v1/extension/mappings/{module_name}/tests©
ListMappingVersions$.sigma.v1.ListMappingVersionsRequest%.sigma.v1.ListMappingVersionsResponse"E²»\fmapping.readÓä/-/v1/extension/mappings/{module_name}/versions­
GetMappingVersion".sigma.v1.GetMappingVersionRequest#.sigma.v1.GetMappingVersionResponse"O²»\fmapping.readÓä97/v1/extension/mappings/{module_name}/versions/{version}¥
DiffMappingVersions$.sigma.v1.DiffMappingVersionsRequest%.sigma.v1.DiffMappingVersionsResponse"A²»\fmapping.readÓä+)/v1/extension/mappings/{module_name}/diff¨
RollbackMappings!.sigma.v1.RollbackMappingsRequest".sigma.v1.RollbackMappingsResponse"M²»\rmapping.writeÀ»Óä2:*"-/v1/extension/mappings/{module_name}/rollback£
ValidateMappings!.sigma.v1.ValidateMappingsRequest".sigma.v1.ValidateMappingsResponse"H²»\fmapping.readÓä2:*"-/v1/extension/mappings/{module_name}/validate¤
PreviewMappings .sigma.v1.PreviewMappingsRequest!.sigma.v1.PreviewMappingsResponse"L²»\rmapping.writeÀ»Óä1:*",/v1/extension/mappings/{module_name}/preview
ExportMappings.sigma.v1.ExportMappingsRequest .sigma.v1.ExportMappingsResponse"C²»\fmapping.readÓä-+/v1/extension/mappings/{module_name}/export
\fDiffMappings.sigma.v1.DiffMappingsRequest.sigma.v1.DiffMappingsResponse"K²»\fmapping.readÀ»Óä1:*",/v1/extension/mappings/{module_name}/compare
\rApplyMappings.sigma.v1.ApplyMappingsRequest.sigma.v1.ApplyMappingsResponse"J²»\rmapping.writeÀ»Óä/:*"*/v1/extension/mappings/{module_name}/applybproto3`),[G,Xp,Os,W,K]),bh=V(yh,0),xh=V(yh,3),Sh=V(yh,4),Ch=U(yh,0),wh=U(H(btoa(`
sigma/v1/module.proto\bsigma.v1"é
Module
\vmodule_name (	
\x07enabled (\b
\rschedule_mode (	
\rschedule_cron (	H\04
\vlast_run_at (\v2.google.protobuf.TimestampH
last_run_status (	H
last_run_count\x07 (
\vzoho_module\b (	H
\bwarnings	 (	(
\x07options
 (\v2.sigma.v1.ModuleOptionsB
_schedule_cronB
\f_last_run_atB
_last_run_statusB
\f_zoho_module"§
\rModuleOptions
target (	
\fcreate_users (\b
\bmatch_by (	
\x07role_id (
\vcategory_id (
\bfunction (	
	parameter\x07 (	
removal_action\b (	
\rbrake_percent	 (
	brake_min
 (

suspend_on\v (	
\vgrade_scale\f (	
brake_update_percent\r (\x1B
brake_field_percent (
brake_identity_percent (\x1B
brake_create_factor (
\frename_users (\bBÐÁH\0B
\r_rename_users"£
ModuleOptionsInput
target (	H\0
\fcreate_users (\bH
\bmatch_by (	H
\x07role_id (H
\vcategory_id (H
\bfunction (	H
	parameter\x07 (	H\x1B
removal_action\b (	H\x07
\rbrake_percent	 (H\b
	brake_min
 (H	.

suspend_on\v (\v2.sigma.v1.StatusWordsH

\vgrade_scale\f (	H\v!
brake_update_percent\r (H\f 
brake_field_percent (H\r#
brake_identity_percent (H 
brake_create_factor (H
\frename_users (\bHB	
\x07_targetB
\r_create_usersB\v
	_match_byB

\b_role_idB
\f_category_idB\v
	_functionB\f

_parameterB
_removal_actionB
_brake_percentB\f

_brake_minB\r
\v_suspend_onB
\f_grade_scaleB
_brake_update_percentB
_brake_field_percentB
_brake_identity_percentB
_brake_create_factorB
\r_rename_users""
\vStatusWords
words (	BøÁd"
ListModulesRequest"8
ListModulesResponse!
\x07modules (\v2.sigma.v1.Module"
UpdateModuleRequest
\vmodule_name (	
\x07enabled (\bH\0
\rschedule_mode (	H
\rschedule_cron (	H
\vzoho_module (	H2
\x07options (\v2.sigma.v1.ModuleOptionsInputHB

\b_enabledB
_schedule_modeB
_schedule_cronB
\f_zoho_moduleB

\b_options"8
UpdateModuleResponse 
module (\v2.sigma.v1.Module2³
\rModuleService
\vListModules.sigma.v1.ListModulesRequest.sigma.v1.ListModulesResponse"5²»\vmodule.readÓä b\x07modules/v1/extension/modules
\fUpdateModule.sigma.v1.UpdateModuleRequest.sigma.v1.UpdateModuleResponse"N²»\fmodule.writeÀ»ð»Óä0:*bmodule#/v1/extension/modules/{module_name}bproto3`),[G,W,K]),0),Th=U(H(btoa(`
sigma/v1/record.proto\bsigma.v1"8
GetRecordRequest
\vmodule_name (	
\x07zoho_id (	"É
GetRecordResponse
\vmodule_name (	
\x07zoho_id (	\r
state (	
module_enabled (\b
	person_id (	H\0"
link (\v2.sigma.v1.RecordLink$
\flast_outcome\x07 (\v2.sigma.v1.Item
\vremedy_code\b (	H#
waits	 (\v2.sigma.v1.RecordWait(
\x07removal
 (\v2.sigma.v1.RecordRemovalB\f

_person_idB
\f_remedy_code"æ

RecordLink
\vtarget_kind (	
	target_id (	\r
state (	%
sent (\v2.google.protobuf.Struct.

updated_at (\v2.google.protobuf.Timestamp
mapping_version (H\0
url\x07 (	HB
_mapping_versionB
_url"p

RecordWait
\rparent_module (	
	parent_id (	)
since (\v2.google.protobuf.Timestamp\r
ready (\b"?
\rRecordRemoval
run_id (	
\bevidence (	\f
held (\b"<
ExplainRecordRequest
\vmodule_name (	
\x07zoho_id (	"ì
ExplainRecordResponse
\vmodule_name (	
\x07zoho_id (	#
steps (\v2.sigma.v1.RecordStep
status (	
op (	H\0
\vwould_write (\b%
diff\x07 (\v2.google.protobuf.Struct
mapping_version\b (H$
rows	 (\v2.sigma.v1.MappingTrace*
	canonical
 (\v2.google.protobuf.Struct
\x07removal\v (	HB
_opB
_mapping_versionB

\b_removal"

RecordStep\f
name (	\r
state (	
code (	H\0
\x07message (	H'
\x07parents (\v2.sigma.v1.RecordParentB\x07
_codeB

\b_message"l
\fRecordParent
\vmodule_name (	
\x07zoho_id (	
	target_id (	H\0
\brequired (\bB\f

_target_id2¼
\rRecordService
	GetRecord.sigma.v1.GetRecordRequest\x1B.sigma.v1.GetRecordResponse"A²»\brun.readÓä/-/v1/extension/records/{module_name}/{zoho_id}\xA0
\rExplainRecord.sigma.v1.ExplainRecordRequest.sigma.v1.ExplainRecordResponse"N²»\rmapping.writeÓä75/v1/extension/records/{module_name}/{zoho_id}/explainbproto3`),[G,Os,W,Cm,yh,K]),0),Eh=U(H(btoa(`
sigma/v1/settings.proto\bsigma.v1"Ö
\bSettings
	tenant_id (	
moodle_enabled (\b
moodle_base_url (	H\0
\fzoho_enabled (\b
zoho_api_domain (	H
\vzoho_org_id (	H
extension_api_key\x07 (	
moodle_api_token_set\b (\b
zoho_accounts_url	 (	H\x1B
zoho_client_id
 (	H
zoho_client_secret_set\v (\b
zoho_refresh_token_set\f (\b
grades_writeback\r (\b
zoho_daily_credits (H
	keep_days (H
	time_zone (	H\x07B
_moodle_base_urlB
_zoho_api_domainB
\f_zoho_org_idB
_zoho_accounts_urlB
_zoho_client_idB
_zoho_daily_creditsB\f

_keep_daysB\f

_time_zone"
GetSettingsRequest";
GetSettingsResponse$
\bsettings (\v2.sigma.v1.Settings"Õ
UpdateSettingsRequest\x1B
moodle_enabled (\bH\0
moodle_base_url (	H#
moodle_api_token (	BÈÁH
\fzoho_enabled (\bH
zoho_api_domain (	H
\vzoho_org_id (	H
zoho_accounts_url\x07 (	H\x1B
zoho_client_id\b (	H\x07%
zoho_client_secret	 (	BÈÁH\b%
zoho_refresh_token
 (	BÈÁH	
grades_writeback\v (\bH

zoho_daily_credits\f (H\v
	keep_days\r (H\f
	time_zone (	H\rB
_moodle_enabledB
_moodle_base_urlB
_moodle_api_tokenB
\r_zoho_enabledB
_zoho_api_domainB
\f_zoho_org_idB
_zoho_accounts_urlB
_zoho_client_idB
_zoho_client_secretB
_zoho_refresh_tokenB
_grades_writebackB
_zoho_daily_creditsB\f

_keep_daysB\f

_time_zone">
UpdateSettingsResponse$
\bsettings (\v2.sigma.v1.Settings"Q
ForgetLinksRequest
moodle_base_url (	
module (	
ids (	BøÁè\x07"$
ForgetLinksResponse\r
links ("
GetUsageRequest">
GetUsageResponse*
	providers (\v2.sigma.v1.ProviderUsage"þ
\rProviderUsage
\bprovider (	\r
calls (
\x07credits (
\rcredits_limit (H\0
\vconcurrency (6
\rblocked_until (\v2.google.protobuf.TimestampH\x1B
blocked_reason\x07 (	HB
_credits_limitB
_blocked_untilB
_blocked_reason"
ConnectionDraft
moodle_base_url (	H\0#
moodle_api_token (	BÈÁH
zoho_api_domain (	H
zoho_accounts_url (	H\x1B
zoho_client_id (	H%
zoho_client_secret (	BÈÁH%
zoho_refresh_token\x07 (	BÈÁHB
_moodle_base_urlB
_moodle_api_tokenB
_zoho_api_domainB
_zoho_accounts_urlB
_zoho_client_idB
_zoho_client_secretB
_zoho_refresh_token"S
TestConnectionRequest
\bprovider (	(
draft (\v2.sigma.v1.ConnectionDraft"B
TestConnectionResponse(
stage (\v2.sigma.v1.ConnectionStage"ç
ConnectionStage\r
stage (	\r
state (	
ms (BÐÁH\0
code (	BÐÁH
\x07message (	BÐÁH
remedy (	BÐÁH(
\x07missing\x07 (\v2.sigma.v1.MissingAccessB
_msB\x07
_codeB

\b_messageB	
\x07_remedy"k
\rMissingAccess\f
kind (	\f
name (	
\x07modules (	\r
where (	
url (	BÐÁH\0B
_url"
GetChecklistRequest">
GetChecklistResponse&
steps (\v2.sigma.v1.ChecklistStep"¹
\rChecklistStep\f
step (	\r
state (	
code (	BÐÁH\0
reason (	BÐÁH

blocked_by (	
\x07modules (	
fields\b (	
screen\x07 (	B\x07
_codeB	
\x07_reason2ï
SettingsService
\vGetSettings.sigma.v1.GetSettingsRequest.sigma.v1.GetSettingsResponse"9²»\rsettings.readÓä"b\bsettings/v1/extension/settings
UpdateSettings.sigma.v1.UpdateSettingsRequest .sigma.v1.UpdateSettingsResponse"E²»settings.writeÀ»ð»Óä%:*b\bsettings/v1/extension/settings
\vForgetLinks.sigma.v1.ForgetLinksRequest.sigma.v1.ForgetLinksResponse"D²»settings.writeÀ»Óä(:*"#/v1/extension/settings/forget-linksz
\bGetUsage.sigma.v1.GetUsageRequest.sigma.v1.GetUsageResponse"7²»\rsettings.readÓä b	providers/v1/extension/usage¦
TestConnection.sigma.v1.TestConnectionRequest .sigma.v1.TestConnectionResponse"O²»settings.writeÀ»Ú»connection_testÓä :*"\x1B/v1/extension/settings/test0
\fGetChecklist.sigma.v1.GetChecklistRequest.sigma.v1.GetChecklistResponse"0²»\rsettings.readÓä/v1/extension/checklistbproto3`),[G,W,K]),0),Dh=U(H(btoa(`
sigma/v1/tenant.proto\bsigma.v1"
Tenant
	tenant_id (	\f
name (	
status (	.

created_at (\v2.google.protobuf.Timestamp.

updated_at (\v2.google.protobuf.Timestamp+
limits (\v2.sigma.v1.LimitsBÐÁH\01
support_sessions\x07 (\v2.sigma.v1.SessionBÐÁB	
\x07_limits"ù
\rCreatedTenant
	tenant_id (	\f
name (	
status (	.

created_at (\v2.google.protobuf.Timestamp.

updated_at (\v2.google.protobuf.Timestamp
extension_api_key (	"
extension_api_secret\x07 (	BÈÁ

min_scheme\b (	BØÁ"
ListTenantsRequest"8
ListTenantsResponse!
\x07tenants (\v2.sigma.v1.Tenant"
CreateTenantRequest
	tenant_id (	BâA
name (	BâA
status (	H\0
	v1_reason (	HB	
\x07_statusB\f

_v1_reason"?
CreateTenantResponse'
tenant (\v2.sigma.v1.CreatedTenant"%
GetTenantRequest
	tenant_id (	"5
GetTenantResponse 
tenant (\v2.sigma.v1.Tenant"
UpdateTenantRequest
	tenant_id (	
name (	H\0
status (	H%
limits (\v2.sigma.v1.LimitsHB\x07
_nameB	
\x07_statusB	
\x07_limits"8
UpdateTenantResponse 
tenant (\v2.sigma.v1.Tenant2Ï
\rTenantService
\vListTenants.sigma.v1.ListTenantsRequest.sigma.v1.ListTenantsResponse"5²»\vtenant.readÓä b\x07tenants/v1/extension/tenants
\fCreateTenant.sigma.v1.CreateTenantRequest.sigma.v1.CreateTenantResponse"F¨»É²»\rtenant.createÀ»ð»Óä":*btenant"/v1/extension/tenants
	GetTenant.sigma.v1.GetTenantRequest\x1B.sigma.v1.GetTenantResponse"@²»\vtenant.readÓä+btenant!/v1/extension/tenants/{tenant_id}
\fUpdateTenant.sigma.v1.UpdateTenantRequest.sigma.v1.UpdateTenantResponse"I²»\rtenant.updateÀ»Óä.:*btenant!/v1/extension/tenants/{tenant_id}bproto3`),[G,Xp,W,Zp,K,Qp]),0),Oh=[{path:`/overview`,title:()=>qs(),needs:yp.method.listRuns,load:()=>X(()=>import(`./watch-F773JBE1.js`).then(e=>e.o),__vite__mapDeps([0,1]),import.meta.url),nav:{icon:`overview`,group:`watch`,first:!0}},{path:`/runs`,title:()=>Js(),needs:yp.method.listRuns,load:()=>X(()=>import(`./watch-F773JBE1.js`).then(e=>e.t),__vite__mapDeps([0,1]),import.meta.url),nav:{icon:`runs`,group:`watch`,first:!0}},{path:`/runs/:run`,title:()=>Ys(),needs:yp.method.getRun,load:()=>X(()=>import(`./watch-F773JBE1.js`).then(e=>e.n),__vite__mapDeps([0,1]),import.meta.url),under:`/runs`},{path:`/runs/:run/held`,title:()=>Xs(),needs:yp.method.getRun,load:()=>X(()=>import(`./watch-F773JBE1.js`).then(e=>e.c),__vite__mapDeps([0,1]),import.meta.url),under:`/runs`},{path:`/people`,title:()=>Zs(),needs:Tm.method.findPeople,load:()=>X(()=>import(`./watch-F773JBE1.js`).then(e=>e.a),__vite__mapDeps([0,1]),import.meta.url),nav:{icon:`people`,group:`watch`,first:!0}},{path:`/people/:person`,title:()=>Gs(),needs:Tm.method.listPersonEvents,load:()=>X(()=>import(`./watch-F773JBE1.js`).then(e=>e.i),__vite__mapDeps([0,1]),import.meta.url),under:`/people`},{path:`/record/:module/:id`,title:()=>Ks(),needs:Th.method.getRecord,load:()=>X(()=>import(`./watch-F773JBE1.js`).then(e=>e.r),__vite__mapDeps([0,1]),import.meta.url),under:`/people`,beside:!0},{path:`/modules`,title:()=>Qs(),needs:wh.method.listModules,load:()=>X(()=>import(`./watch-F773JBE1.js`).then(e=>e.s),__vite__mapDeps([0,1]),import.meta.url),nav:{icon:`modules`,group:`shape`,first:!0}},{path:`/mappings`,title:()=>$s(),needs:Ch.method.listMappings,load:()=>X(()=>import(`./shape-6LYfdBxr.js`).then(e=>e.t),__vite__mapDeps([2,1,0,3]),import.meta.url),nav:{icon:`mappings`,group:`shape`}},{path:`/mappings/:module`,title:()=>$s(),needs:Ch.method.listMappings,load:()=>X(()=>import(`./shape-6LYfdBxr.js`).then(e=>e.n),__vite__mapDeps([2,1,0,3]),import.meta.url),under:`/mappings`},{path:`/connections`,title:()=>ec(),needs:Eh.method.getSettings,load:()=>X(()=>import(`./shape-6LYfdBxr.js`).then(e=>e.r),__vite__mapDeps([2,1,0,3]),import.meta.url),nav:{icon:`connections`,group:`shape`}},{path:`/keys`,title:()=>tc(),needs:em.method.listKeys,load:()=>X(()=>import(`./guard-Co3zemX6.js`).then(e=>e.n),__vite__mapDeps([4,1,0]),import.meta.url),nav:{icon:`keys`,group:`guard`}},{path:`/audit`,title:()=>nc(),needs:vh.method.listAuditEntries,load:()=>X(()=>import(`./guard-Co3zemX6.js`).then(e=>e.r),__vite__mapDeps([4,1,0]),import.meta.url),nav:{icon:`audit`,group:`guard`}},{path:`/tenants`,title:()=>rc(),needs:Dh.method.listTenants,load:()=>X(()=>import(`./guard-Co3zemX6.js`).then(e=>e.t),__vite__mapDeps([4,1,0]),import.meta.url),nav:{icon:`tenants`,group:`guard`}}];function kh(e){let t=e.split(`/`).filter(Boolean);for(let e of Oh){let n=e.path.split(`/`).filter(Boolean);if(n.length!==t.length)continue;let r={};if(n.every((e,n)=>{let i=t[n]??``;return e.startsWith(`:`)?(r[e.slice(1)]=decodeURIComponent(i),!0):e===i}))return{screen:e,params:r}}}var Ah=j(!1);function jh(){addEventListener(`keydown`,e=>{(e.ctrlKey||e.metaKey)&&!e.altKey&&e.code===`KeyK`&&(e.preventDefault(),Ah.value=!Ah.value)})}function Mh(e){let t=Oh.filter(e=>e.nav&&Tp(e.needs)).map(e=>({id:e.path,icon:e.nav?.icon??`forward`,text:e.title(),href:`#${e.path}`})),n=Tp(yp.method.listRuns)?au.filter(e=>Ep(e)).map(e=>({id:`runs:${e}`,icon:`runs`,text:Kl({module:su(e)}),href:vm(`/runs`,{module:e})})):[],r=e.trim().toLocaleLowerCase(),i=[...t,...n].filter(e=>e.text.toLocaleLowerCase().includes(r));return r&&Tp(Tm.method.findPeople)&&i.push({id:`person`,icon:`people`,text:ql({text:_n(e.trim())}),href:vm(`/people`,{q:e.trim()})}),i.slice(0,10)}function Nh(){let[e,t]=O(``),[n,r]=O(0),i=Le(),a=Mh(e),o=Math.min(n,a.length-1);Ne(()=>r(0),[e]);let s=()=>Ah.value=!1,c=e=>{e&&(s(),xm(e.href))};return Z(ph,{title:Wl(),onClose:s,kind:`palette`,children:[Z(`input`,{type:`text`,role:`combobox`,"aria-label":Wl(),"aria-expanded":`true`,"aria-controls":i,"aria-activedescendant":a[o]?`${i}-${o}`:void 0,autoComplete:`off`,placeholder:Gl(),value:e,ref:e=>{e&&document.activeElement!==e&&e.focus()},onInput:e=>t(e.currentTarget.value),onKeyDown:e=>{if(e.key===`ArrowDown`)r(Math.min(o+1,a.length-1));else if(e.key===`ArrowUp`)r(Math.max(o-1,0));else if(e.key===`Enter`)c(a[o]);else return;e.preventDefault()}}),Z(`ul`,{role:`listbox`,id:i,"aria-label":Wl(),children:a.map((e,t)=>Z(`li`,{id:`${i}-${t}`,role:`option`,"aria-selected":t===o,onClick:()=>c(e),onPointerMove:()=>r(t),children:[Z(Q,{name:e.icon}),e.text]},e.id))})]})}var Ph={name:``,logo:``,colour:``,textColour:``,supportUrl:``},Fh=j(void 0),Ih=()=>Fh.value??om.value?.branding??Ph,Lh=()=>Ih().name||`sigma-sync`;mt(()=>{let{colour:e,textColour:t}=Ih(),{style:n}=document.documentElement;for(let[r,i]of[[`--brand`,e],[`--brand-ink`,t]])i?n.setProperty(r,i):n.removeProperty(r)});function Rh(){let e=Ap(Vs.method.getBranding,{},{skip:N.value!==`open`&&Fh.value===void 0}).data;Ne(()=>{e&&(Fh.value=e.shown??Ph)},[e])}var zh=e=>`data:image/svg+xml,${encodeURIComponent(e)}`;function Bh({look:e=Ih()}){return e.logo?Z(`img`,{class:`brand-logo`,src:zh(e.logo),alt:``}):Z(Am,{})}function Vh(){let{supportUrl:e}=Ih();return e?Z(`p`,{class:`small support`,children:e.startsWith(`mailto:`)?Z(`a`,{href:e,children:[Ws(),` `,Z(`bdi`,{dir:`ltr`,children:e.slice(7)})]}):Z(Rm,{href:e,children:Ws()})}):null}function Hh(){return Z(`div`,{class:`stack`,children:[Z($m,{label:ol(),value:M.value,onChange:e=>M.value=e,options:[{value:`en`,text:`English`},{value:`ar`,text:`العربية`}]}),Z($m,{label:sl(),value:ln.value,onChange:e=>ln.value=e,options:[{value:`auto`,text:dl()},{value:`latn`,text:`0123456789`},{value:`arab`,text:`٠١٢٣٤٥٦٧٨٩`}]}),Z($m,{label:cl(),value:un.value,onChange:e=>un.value=e,options:[{value:`auto`,text:dl()},{value:`light`,text:ll()},{value:`dark`,text:ul()}]})]})}var Uh=`sigma-sync widget open --role owner`;function Wh(e){return/#code=([^&\s]+)/.exec(e)?.[1]??e.trim()}function Gh(){let[e,t]=O(``);return Z(`form`,{class:`stack`,onSubmit:n=>{n.preventDefault();let r=Wh(e);t(``),r&&dm(r).then(Pp)},children:[Z(`p`,{children:Yl()}),Z(`p`,{class:`row tight`,children:[Z(`code`,{dir:`ltr`,children:Uh}),Z(Vm,{text:Uh,label:gl()})]}),Z(Zm,{label:Xl(),type:`password`,dir:`ltr`,value:e,onInput:t}),lm.value&&Z(lh,{failure:lm.value,inline:!0}),Z(`div`,{class:`row`,children:Z($,{type:`submit`,look:`lead`,busy:N.value===`claiming`,disabled:!e.trim(),children:Zl()})})]})}function Kh(){let e=M.value===`en`?{code:`ar`,name:`العربية`}:{code:`en`,name:`English`};return Z(`main`,{class:`welcome`,children:[Z(Bh,{}),Z(`p`,{class:`soft`,children:Z(`bdi`,{children:Lh()})}),Z(`h1`,{children:Jl()}),N.value===`claiming`?Z(oh,{lines:3}):Z(Gh,{}),Z(`span`,{lang:e.code,children:Z($,{look:`quiet`,icon:`language`,onClick:()=>M.value=e.code,children:e.name})}),Z(Vh,{})]})}function qh(){let[e,t]=O(!1),n=async()=>{t(!0),await Hn()&&Pp(),t(!1)};return Z(ph,{title:Ql(),children:[Z(`p`,{children:$l()}),Yn()&&Z(`p`,{class:`strong`,children:eu()}),window.parent!==window&&Z(`div`,{class:`row`,children:Z($,{look:`lead`,busy:e,onClick:()=>void n(),children:tu()})}),Z(Gh,{})]})}var Jh=j(!1),Yh=[[`watch`,()=>ac()],[`shape`,()=>oc()],[`guard`,()=>sc()]];function Xh({current:e,only:t}){return Z(`div`,{class:`nav`,children:Yh.map(([n,r])=>{let i=Oh.filter(e=>e.nav?.group===n&&Tp(e.needs)&&(t?.(e)??!0));return i.length===0?null:Z(`div`,{children:[Z(`p`,{class:`group`,children:r()}),Z(`ul`,{children:i.map(t=>Z(`li`,{children:Z(`a`,{href:`#${t.path}`,"aria-current":t.path===e?`page`:void 0,children:[t.nav&&Z(Q,{name:t.nav.icon}),t.title()]})},t.path))})]},n)})})}function Zh({current:e}){let[t,n]=O(!1);Ne(()=>n(!1),[ym.value]);let r=Oh.filter(e=>e.nav?.first&&Tp(e.needs)),i=!r.some(t=>t.path===e);return Z(x,{children:[Z(`nav`,{class:`bar`,"aria-label":ic(),children:[r.map(t=>Z(`a`,{href:`#${t.path}`,"aria-current":t.path===e?`page`:void 0,children:[t.nav&&Z(Q,{name:t.nav.icon}),t.title()]},t.path)),Z(`button`,{type:`button`,"aria-expanded":t,"aria-current":i?`true`:void 0,onClick:()=>n(!0),children:[Z(Q,{name:`more`}),cc()]})]}),t&&Z(ph,{title:cc(),onClose:()=>n(!1),children:[Z(`nav`,{"aria-label":cc(),children:Z(Xh,{current:e,only:e=>!e.nav?.first})}),Z(Vh,{}),Z(Hh,{}),Z(`div`,{class:`ends`,children:Z($,{onClick:()=>n(!1),children:ml()})})]})]})}function Qh(e,t,n){return e?t?n?{icon:`held`,text:il()}:{icon:`good`,text:al()}:{icon:`warn`,text:rl()}:{icon:`off`,text:nl()}}function $h(){let[e,t]=O(!1);Ne(()=>{let e=setTimeout(()=>t(!0),400);return()=>clearTimeout(e)},[]);let n=Ap(Eh.method.getSettings,{}).data?.settings,r=Ap(Eh.method.getUsage,{},{everyMs:6e4,skip:!e}).data;if(Ne(()=>{dn.value=n?.timeZone},[n?.timeZone]),!n)return Z(`div`,{class:`connections`});let i=e=>r?.providers.some(t=>t.provider===e&&t.blockedUntil)??!1;return Z(`div`,{class:`connections`,children:[[`Zoho`,Qh(n.zohoEnabled,n.zohoRefreshTokenSet&&n.zohoClientSecretSet,i(`zoho`))],[`Moodle`,Qh(n.moodleEnabled,!!n.moodleBaseUrl&&n.moodleApiTokenSet,i(`moodle`))]].map(([e,t])=>Z(`a`,{class:`connection`,href:`#/connections`,title:`${e}: ${t.text}`,children:[Z(Q,{name:t.icon,label:`${e}: ${t.text}`}),Z(`span`,{class:`name`,"aria-hidden":`true`,children:e})]},e))})}function eg(){let e=Pn.value?.tenantId??``,t=Ap(Dh.method.getTenant,{tenantId:e},{skip:!e}).data?.tenant?.name??e,{name:n}=Ih(),[r,i]=O(!1),a=M.value===`en`?{code:`ar`,name:`العربية`}:{code:`en`,name:`English`};return Z(`header`,{class:`top`,children:[Z(`a`,{class:`mark`,href:`#/overview`,children:[Z(Bh,{}),Z(`span`,{class:`tenant`,children:[n&&Z(`bdi`,{children:n}),n!==t&&Z(`bdi`,{class:n?`of wide-only`:``,children:t})]})]}),Z($h,{}),Z(`span`,{class:`wide-only small`,children:lu(Pn.value?.role??``)}),Z(`span`,{class:`wide-only`,children:Z($,{look:`quiet`,icon:`search`,label:Ul(),onClick:()=>Ah.value=!0})}),Z(`span`,{lang:a.code,children:Z($,{look:`quiet`,onClick:()=>M.value=a.code,children:a.name})}),Z(`span`,{class:`wide-only`,children:Z($,{look:`quiet`,icon:`theme`,label:fl(),onClick:()=>i(!0)})}),r&&Z(ph,{title:fl(),onClose:()=>i(!1),children:[Z(Hh,{}),Z(`div`,{class:`ends`,children:Z($,{look:`lead`,onClick:()=>i(!1),children:pl()})})]})]})}function tg(){let e=Fn.value;return Z(`div`,{role:`status`,children:[!Bp.value&&Z(`div`,{class:`banner`,children:[Z(Q,{name:`cloud`}),` `,Ol()]}),cm.value&&Z(`div`,{class:`banner`,children:[Z(Q,{name:`info`}),` `,nu(),Z($,{small:!0,onClick:()=>location.reload(),children:ru()})]}),Bp.value&&Lp.value===`waiting`&&Z(`div`,{class:`banner`,children:[Z(Q,{name:`turn`,spin:!0}),` `,kl()]}),e!==void 0&&e<120&&e>0&&Z(`div`,{class:`banner`,children:[Z(Q,{name:`wait`}),` `,Al({count:Math.ceil(e/60),n:vn(Math.ceil(e/60))})]})]})}var ng=new Map;function rg(){let e=kh(ym.value.path)?.screen;e?.load().then(t=>ng.set(e.path,t.default),()=>{})}function ig(){let e=kh(ym.value.path),t=e?.screen.path,[,n]=O(0),[r,i]=O(),a=Fe(null),o=t?ng.get(t):void 0;Ne(()=>{if(i(void 0),!e||o)return;let t=!1;return e.screen.load().then(r=>{ng.set(e.screen.path,r.default),t||n(e=>e+1)},()=>{t||i(new Jf(`offline`,``,``))}),()=>{t=!0}},[t]);let s=e?.screen.title()??Vl(),c=Fe(!0);return Ne(()=>{document.title=`${s} · ${Lh()}`},[s,Lh()]),Ne(()=>{scrollTo(0,0),c.current||a.current?.focus({preventScroll:!0}),c.current=!1},[ym.value.path]),Z(`main`,{id:`main`,class:`main`,tabIndex:-1,ref:a,"aria-label":s,children:e?Tp(e.screen.needs)?r?Z(lh,{failure:r,retry:()=>location.reload()}):o?Z(o,{params:e.params},ym.value.path):Z(oh,{}):Z(uh,{method:e.screen.needs}):Z(x,{children:[Z(Gm,{title:Vl(),children:Hl()}),Z(Im,{look:`lead`,href:`#/overview`,children:qs()})]})})}function ag(){Rh();let e=kh(ym.value.path)?.screen,t=e?.under??e?.path??``,n=Jh.value&&e?.beside===!0;return Z(`div`,{class:`shell${Jh.value?` in-zoho`:``}${n?` bare`:``}`,children:[Z(`a`,{class:`button lead skip`,href:`#main`,onClick:e=>{e.preventDefault(),document.getElementById(`main`)?.focus()},children:lc()}),Z(eg,{}),Z(`div`,{class:`body`,children:[!n&&Z(`nav`,{class:`rail`,"aria-label":ic(),children:[Z(Xh,{current:t}),Z(Vh,{})]}),Z(`div`,{children:[Z(tg,{}),Z(ig,{})]})]}),!n&&Z(Zh,{current:t}),Z(Fm,{}),Ah.value&&Z(Nh,{}),N.value===`ended`&&Z(qh,{})]})}function og(){let e=N.value===`open`||N.value===`ended`||sg;return e&&(sg=!0),Z(e?ag:Kh,{})}var sg=!1;mn(),kt(),pm(),fm(),location.hash&&location.hash!==`#`&&location.hash!==`#/`||xm(`/overview`),bm(),rg(),jh(),Un(),Jp(),zp(()=>void um()),N.subscribe(e=>{e===`open`&&lp()}),addEventListener(`beforeunload`,e=>{Yn()&&e.preventDefault()});var cg=document.getElementById(`app`);cg&&_e(Z(og,{}),cg);export{Xp as $,Dt as $n,nc as $t,Wm as A,In as An,mu as At,Hm as B,Mn as Bn,bl as Bt,nh as C,H as Cn,bd as Ct,Zm as D,yr as Dn,au as Dt,Qm as E,z as En,Mu as Et,Bm as F,jn as Fn,gu as Ft,wm as G,An as Gn,al as Gt,Q as H,bn as Hn,gl as Ht,Jm as I,Tn as In,lu as It,Sm as J,ln as Jn,nl as Jt,ym as K,En as Kn,il as Kt,Rm as L,wn as Ln,du as Lt,Gm as M,Vn as Mn,su as Mt,zm as N,Pn as Nn,xu as Nt,$ as O,Xn as On,yu as Ot,qm as P,N as Pn,vu as Pt,$p as Q,cn as Qn,rc as Qt,Um as R,Dn as Rn,pu as Rt,th as S,U as Sn,Jf as St,$m as T,Ua as Tn,Nu as Tt,Z as U,kn as Un,hl as Ut,Nm as V,vn as Vn,vl as Vt,Tm as W,yn as Wn,ml as Wt,X,M as Xn,Ec as Xt,lm as Y,pn as Yn,Dc as Yt,em as Z,un as Zn,Tc as Zt,sh as _,zs as _n,Zf as _t,Th as a,Xs as an,Ie as ar,wp as at,oh as b,ys as bn,np as bt,bh as c,qs as cn,Ep as ct,_h as d,q as dn,up as dt,tc as en,Ot as er,Lp as et,vh as f,Hs as fn,mp as ft,dh as g,Rs as gn,gp as gt,mh as h,Ls as hn,pp as ht,Eh as i,Zs as in,O as ir,Ap as it,Vm as j,Ln as jn,Cu as jt,Im as k,Jn as kn,uu as kt,Ch as l,Gs as ln,yp as lt,ph as m,K as mn,hp as mt,Bh as n,$s as nn,Le as nr,Np as nt,wh as o,Ys as on,x as or,Tp as ot,hh as p,Vs as pn,lp as pt,xm as q,xn as qn,rl as qt,Dh as r,Qs as rn,Fe as rr,Ip as rt,xh as s,Js as sn,Cp as st,Jh as t,ec as tn,Ne as tr,Kp as tt,Sh as u,Us as un,vp as ut,fh as v,G as vn,ip as vt,eh as w,rs as wn,Uu as wt,ah as x,W as xn,ap as xt,lh as y,Ns as yn,ep as yt,Km as z,_n as zn,xl as zt};